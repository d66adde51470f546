# The front door: installs what is missing, calls CMake, nothing more.
#
#   make practice ARGS="--language en"   an interview, from a fresh clone
#   make test                            the same set-up, then every test
#   make, make deps, make check, make bench, make fuzz, make install, make uninstall, make deb

BUILD ?= build
PREFIX ?= /usr/local
ARGS ?=
JOBS := $(shell nproc)

.PHONY: all practice test deps check bench fuzz generate install uninstall deb clean

all: $(BUILD)/CMakeCache.txt
	@cmake --build $(BUILD) -j $(JOBS)

$(BUILD)/CMakeCache.txt: | deps
	@cmake --preset release -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX) >$(BUILD).configure.log 2>&1 || \
		{ cat $(BUILD).configure.log; rm -f $(BUILD).configure.log; exit 1; }
	@rm -f $(BUILD).configure.log

deps:
	@packaging/deps

practice: all
	@exec $(BUILD)/interviewctl practice $(ARGS)

test: all
	@packaging/deps test
	@ctest --test-dir $(BUILD) --output-on-failure --repeat until-pass:2 -j $(JOBS)

check: all
	@packaging/deps test check
	@tests/check/run $(BUILD)

bench: all
	@packaging/deps test bench
	@tests/bench/run $(BUILD)

fuzz:
	@packaging/deps check
	@tests/fuzz/run

# man/ and completions/ from the tables; `make check` fails when they differ.
generate: all
	@cmake --build $(BUILD) --target generate

install: all
	@cmake --install $(BUILD) --prefix $(PREFIX)

uninstall:
	@test -f $(BUILD)/install_manifest.txt || { echo "nothing was installed from $(BUILD)"; exit 1; }
	@xargs rm -f < $(BUILD)/install_manifest.txt

# A Debian package in build-deb/, with the service of server/deploy.
deb: | deps
	@cmake --preset release -B build-deb -DCMAKE_INSTALL_PREFIX=/usr -DBUILD_TESTING=OFF >build-deb.log 2>&1 && \
		cmake --build build-deb -j $(JOBS) >>build-deb.log && cd build-deb && cpack -G DEB >>../build-deb.log 2>&1 || \
		{ tail -n 40 $(CURDIR)/build-deb.log; exit 1; }
	@rm -f build-deb.log && ls build-deb/*.deb

clean:
	@rm -rf $(BUILD)
