// Package spec is the language of mqttx.yaml: it reads a spec, finds everything that is wrong with it at once, and
// returns a model in which every default is filled in and every name is resolved.
//
// Parse and Load read. Their error is an ErrorList, which package report prints with the line and a caret. Package vet
// finds what is allowed but probably not meant. README.md is the reference of the language.
// Package edit formats specs and renames what stands in them.
//
// All functions may be called from any goroutine; nothing here keeps state.
//
// # Rooms
//
//	report/                what is wrong, how it is printed, what its codes mean
//	internal/syntax/       the text of one file: YAML or JSON to nodes, and their places
//	internal/fileset/      the files of one spec, and pointers into them
//	internal/overlap/      patterns of topics that may describe the same name
//	internal/textformat/   the formats of text
//	vet/, edit/            what works on a spec that is read, or on its bytes
//
// # Where things are
//
//	model.go, model_schema.go, model_topic.go, model_server.go
//	                                what is returned: File, Auth, Payload, Event; Schema; Topic; Server
//	parse.go, include.go, source.go the passes; the files of a spec, and how they are joined
//	diagnostic.go                   what of package report the model is made of
//	value.go, units.go, amount.go   the words for a value; sizes, rates, durations
//	decode.go, fields.go, objects.go, sections.go
//	                                nodes to the model, by tables of fields: one table for each kind of object
//	language.go                     the same tables as a JSON Schema
//	server.go, encoding.go          limits and rates; how payloads are written
//	auth.go, claims.go, binding.go  auth methods; the claims of tokens; what a parameter is bound to
//	topic.go, direction.go, choice.go, reply.go, event.go, example.go
//	                                topics and what stands in them, events
//	schema.go, keywords.go, kind.go the JSON Schema subset, keyword by keyword
//	object.go, arrays.go, alternatives.go, union.go, discriminator.go, allof.go
//	                                what schemas are composed of
//	literal.go, number.go, format.go, misfit.go
//	                                constants, and whether a value fits a schema
//	ref.go, settle.go               $ref; what only holds when everything is read
//	layout.go, slow.go, same.go     types without an end, unions that are slow, schemas that are equal
//	names.go, names_schema.go, scopes.go, own.go
//	                                Go names, and that no two are the same; x-go-type
package spec
