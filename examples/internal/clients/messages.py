"""Talks to an open broker with Paho for Python: QoS 0 to 2 both ways, retained
messages, a will, a large payload. Prints OK, or fails.

usage: messages.py PORT (3.1.1|5) [websockets | tls CA CERT KEY]
"""
import socket
import sys
import threading

import paho.mqtt.client as mqtt

PORT, VERSION = int(sys.argv[1]), sys.argv[2]
PROTOCOL = {"3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}[VERSION]
TRANSPORT, FILES = (sys.argv[3:4] or ["tcp"])[0], sys.argv[4:]
TIMEOUT = 20


class Client:
    """One connection, whose messages are kept in order."""

    def __init__(self, name, will=None):
        self.client = mqtt.Client(
            client_id=name, protocol=PROTOCOL, transport=TRANSPORT.replace("tls", "tcp"))
        if FILES:
            self.client.tls_set(*FILES)
        self.messages, self.changed = [], threading.Condition()
        self.subscribed = threading.Event()
        self.client.on_message = self.on_message
        self.client.on_subscribe = lambda *args: self.subscribed.set()
        connected = threading.Event()
        self.client.on_connect = lambda *args: connected.set()
        if will:
            self.client.will_set(*will)
        self.client.connect("127.0.0.1", PORT, keepalive=30)
        self.client.loop_start()
        assert connected.wait(TIMEOUT), name + ": no CONNACK"

    def on_message(self, client, userdata, message):
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()

    def subscribe(self, name, qos):
        self.subscribed.clear()
        self.client.subscribe(name, qos)
        assert self.subscribed.wait(TIMEOUT), "no SUBACK for " + name

    def publish(self, name, payload, qos, retain=False):
        info = self.client.publish(name, payload, qos, retain)
        info.wait_for_publish(TIMEOUT)
        assert info.is_published(), "no acknowledgement for " + name

    def next(self):
        with self.changed:
            assert self.changed.wait_for(lambda: self.messages, TIMEOUT), "no message"
            return self.messages.pop(0)


watcher, sender = Client("watcher-" + VERSION), Client("sender-" + VERSION)
watcher.subscribe("paho/#", 2)
for qos in range(3):
    for i in range(50):
        sender.publish("paho/%d" % qos, "message %d" % i, qos)
    for i in range(50):
        m = watcher.next()
        got = (m.topic, m.payload, m.qos, m.retain)
        want = ("paho/%d" % qos, b"message %d" % i, qos, 0)
        assert got == want, (got, want)

big = bytes(range(256)) * 4096
sender.publish("paho/big", big, 2)
assert watcher.next().payload == big, "large payload"

sender.publish("paho/kept", "v1", 1, retain=True)
watcher.next()
late = Client("late-" + VERSION)
late.subscribe("paho/+", 1)
m = late.next()
assert (m.payload, m.retain) == (b"v1", 1), (m.payload, m.retain)
sender.publish("paho/kept", "", 1, retain=True)
watcher.next()

mortal = Client("mortal-" + VERSION, will=("paho/will", "gone", 1, False))
below = mortal.client.socket()
getattr(below, "_socket", below).shutdown(socket.SHUT_RDWR)  # a network failure
mortal.client.loop_stop()
m = watcher.next()
assert (m.topic, m.payload) == ("paho/will", b"gone"), (m.topic, m.payload)
print("OK")
