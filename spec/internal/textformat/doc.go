// Package textformat checks texts against the formats of JSON Schema, such as date-time and uuid.
//
//	checks.go   Checks: one function for each format
package textformat
