package main

import "testing"

func TestPackageOf(t *testing.T) {
	for folder, want := range map[string]string{
		"hd": "hd", "My-Server": "myserver", "a_b.v2": "a_bv2", "2x": "handler", "type": "handler", "_": "handler", "---": "handler", "größe": "größe",
	} {
		if got := packageOf(folder); got != want {
			t.Errorf("packageOf(%q) = %q, want %q", folder, got, want)
		}
	}
}
