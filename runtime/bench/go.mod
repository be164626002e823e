module github.com/mqttx-gen/mqttx-gen/runtime/bench

go 1.26.0

