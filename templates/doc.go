// Package templates prints the generated package. It declares the model of what it prints, takes every name from its
// caller, and knows nothing of YAML: whoever fills a [Package] decides what things are called.
//
// Print is a pure function: the same model gives the same bytes, whatever else runs. The generated code imports the
// standard library and runtime/mqttx, runtime/payload and runtime/topic, and nothing more.
package templates
