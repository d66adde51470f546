#!/usr/bin/env python3
"""The desktop's Secret Service, as much of it as looking up one item takes: keyring.py KEY=SECRET... ; for the tests of keys.

Needs python3-dbus and python3-gi, and a session bus of its own (dbus-run-session).
"""
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

SERVICE, ITEM = "org.freedesktop.Secret.Service", "org.freedesktop.Secret.Item"
ROOT = "/org/freedesktop/secrets"


class Secrets(dbus.service.Object):
    def __init__(self, name, items):
        super().__init__(name, ROOT)
        self.items = {f"{ROOT}/collection/login/{i}": pair for i, pair in enumerate(items)}

    @dbus.service.method(SERVICE, in_signature="sv", out_signature="vo")
    def OpenSession(self, algorithm, data):
        if algorithm != "plain":
            raise dbus.DBusException("only plain", name="org.freedesktop.DBus.Error.NotSupported")
        return dbus.String("", variant_level=1), dbus.ObjectPath(ROOT + "/session/1")

    @dbus.service.method(SERVICE, in_signature="a{ss}", out_signature="aoao")
    def SearchItems(self, wanted):
        if wanted.get("application") != "interviewctl":
            return dbus.Array([], "o"), dbus.Array([], "o")
        return dbus.Array([path for path, (key, _) in self.items.items() if key == wanted.get("key")], "o"), dbus.Array([], "o")

    @dbus.service.method(SERVICE, in_signature="aoo", out_signature="a{o(oayays)}")
    def GetSecrets(self, paths, session):
        return {path: (session, dbus.ByteArray(b""), dbus.ByteArray(self.items[path][1].encode()), "text/plain") for path in paths}

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return dbus.Dictionary({"Collections": dbus.Array([], "o")}, "sv")


DBusGMainLoop(set_as_default=True)
bus_name = dbus.service.BusName("org.freedesktop.secrets", dbus.SessionBus())
service = Secrets(bus_name, [arg.split("=", 1) for arg in sys.argv[1:]])
print("ready", flush=True)
GLib.MainLoop().run()
