package main

//go:generate go run github.com/mqttx-gen/mqttx-gen/cmd/mqttx-gen generate
