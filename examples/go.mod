module github.com/mqttx-gen/mqttx-gen/examples

go 1.26.0

require github.com/mqttx-gen/mqttx-gen v0.0.0

// The examples stand beside the module that they show.
replace github.com/mqttx-gen/mqttx-gen => ../
