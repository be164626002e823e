"""A lamp and a sensor on Paho for Python. Prints OK, or fails.

usage: lamp.py PORT (3.1.1|5)
"""
import json
import queue
import sys

import paho.mqtt.client as mqtt

PORT, VERSION = int(sys.argv[1]), sys.argv[2]
PROTOCOL = {"3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}[VERSION]
ROOM, TIMEOUT = "python-" + VERSION.replace(".", ""), 20


def connect():
    connected = queue.Queue()
    client = mqtt.Client(protocol=PROTOCOL)
    client.username_pw_set(ROOM, "home")
    client.on_connect = lambda *args: connected.put(args)
    client.connect("127.0.0.1", PORT)
    client.loop_start()
    connected.get(timeout=TIMEOUT)
    return client


lamp, sensor = connect(), connect()
subscribed, messages = queue.Queue(), queue.Queue()
lamp.on_subscribe = lambda *args: subscribed.put(args)
lamp.on_message = lambda c, userdata, message: messages.put(message)
lamp.subscribe("home/%s/lamp" % ROOM, 1)
subscribed.get(timeout=TIMEOUT)
motion = {"seen": True, "lux": 20}
sensor.publish("home/%s/motion" % ROOM, json.dumps(motion), 1).wait_for_publish(TIMEOUT)
message = messages.get(timeout=TIMEOUT)
assert json.loads(message.payload) == {"on": True, "brightness": 80}, message.payload
for client in lamp, sensor:
    client.disconnect()
print("OK")
