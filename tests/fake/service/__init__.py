"""Services that behave like the real ones. Each module has PATHS and answers one request."""


class Services:
    def __init__(self, options, stats):
        self.options, self.stats = options, stats

    def reset(self):
        pass

    async def warm_up(self):
        pass

    async def answer(self, responder):
        return False

    def steer(self, what, document):
        return False
