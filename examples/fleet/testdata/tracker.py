"""A tracker on Paho for Python: reports a low battery, gets the command to
charge, answers it; then another program orders something over HTTP, and gets
the tracker's answer. Prints OK, or fails.

usage: tracker.py PORT (3.1.1|5) PASSWORD WEB
"""
import json
import queue
import sys
import threading
import urllib.request

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PORT, VERSION, PASSWORD, WEB = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
PROTOCOL = {"3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}[VERSION]
NAME = "python-" + VERSION.replace(".", "")
TIMEOUT = 20

connected, subscribed, commands = queue.Queue(), queue.Queue(), queue.Queue()
client = mqtt.Client(client_id=NAME, protocol=PROTOCOL)
client.username_pw_set("acme", PASSWORD)
client.on_connect = lambda *args: connected.put(args)
client.on_subscribe = lambda c, userdata, mid, codes, *rest: subscribed.put(codes)
client.on_message = lambda c, userdata, message: commands.put(message)
client.connect("127.0.0.1", PORT)
client.loop_start()
connected.get(timeout=TIMEOUT)

base = "fleet/acme/%s/" % NAME
client.subscribe(base + "command", 1)
code = subscribed.get(timeout=TIMEOUT)[0]
assert getattr(code, "value", code) == 1, code
client.subscribe("fleet/#", 1)
code = subscribed.get(timeout=TIMEOUT)[0]
assert getattr(code, "value", code) >= 0x80, code

reading = {"temperature": 20, "battery": 5, "at": "2026-01-02T03:04:05Z"}
client.publish(base + "reading", json.dumps(reading), 1).wait_for_publish(TIMEOUT)
command = commands.get(timeout=TIMEOUT)
assert command.topic == base + "command", command.topic
text = json.loads(command.payload)
assert text["order"] == {"kind": "charge"}, text
result = client.publish(base + "command/result", json.dumps({"id": text["id"], "ok": True}), 1)
result.wait_for_publish(TIMEOUT)
assert result.is_published()

# 3.1.1 has no requests: the command comes plain, and HTTP says 202 at once.
answers = queue.Queue()


def order():
    url = "http://%s/%scommand" % (WEB, base)
    with urllib.request.urlopen(url, b'{"kind": "report", "every": 10}', TIMEOUT) as r:
        answers.put((r.status, r.read()))


threading.Thread(target=order).start()
command = commands.get(timeout=TIMEOUT)
text = json.loads(command.payload)
assert text["order"] == {"kind": "report", "every": 10}, text
answer = {"id": text["id"], "ok": True, "detail": "every 10 s"}
if VERSION == "5":
    assert command.properties.ResponseTopic == base + "command/result"
    properties = Properties(PacketTypes.PUBLISH)
    properties.CorrelationData = command.properties.CorrelationData
    client.publish(command.properties.ResponseTopic, json.dumps(answer), 1, properties=properties)
    status, body = answers.get(timeout=TIMEOUT)
    assert (status, json.loads(body)) == (200, answer), (status, body)
else:
    client.publish(base + "command/result", json.dumps(answer), 1).wait_for_publish(TIMEOUT)
    assert answers.get(timeout=TIMEOUT) == (202, b"")
client.disconnect()
print("OK")
