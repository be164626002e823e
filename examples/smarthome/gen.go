package main

//go:generate go tool mqttx-gen generate
