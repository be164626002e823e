package gen

import (
	"os"
	"strings"
	"testing"

	"github.com/mqttx-gen/mqttx-gen/templates"
)

// TestVersions wants the versions that users are told to get to be those that mqttx-gen is built with: the Go that it
// prints needs those or later ones.
func TestVersions(t *testing.T) {
	data, err := os.ReadFile("../../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for path, version := range map[string]string{protobufModule: protobufVersion, joseModule: joseVersion, scramModule: scramVersion} {
		if want := "\t" + path + " " + version + "\n"; !strings.Contains(string(data), want) {
			t.Errorf("go.mod has no line %q", want)
		}
	}
}

func TestRequires(t *testing.T) {
	p := &templates.Package{Payloads: []*templates.Payload{{Name: "A"}, {Name: "Frame", Encoding: templates.Protobuf}}}
	for file, want := range map[string]bool{
		"module a\nrequire google.golang.org/protobuf v1.36.12\n":                                                             true,
		"module a\nrequire (\n\tgoogle.golang.org/protobuf v1.30.0 // indirect\n)\n":                                          true,
		"module a\nrequire (\n\t\"google.golang.org/protobuf\" v1.30.0\n)\n":                                                  true,
		"module a\n// require google.golang.org/protobuf v1.36.12\n":                                                          false,
		"module a\nrequire (\n\tgoogle.golang.org/protobuf/x v1.0.0\n)\nreplace (\n\tgoogle.golang.org/protobuf => ../p\n)\n": false,
		"module a\nexclude (\n\tgoogle.golang.org/protobuf v1.0.0\n)\n":                                                       false,
		"": false,
	} {
		m := &module{root: "/a", path: "a", file: []byte(file)}
		err := m.requires(p)
		if (err == nil) != want {
			t.Errorf("%q: %v", file, err)
		}
		if err != nil && !strings.HasSuffix(err.Error(), "\n\tgo get "+protobufModule+"@"+protobufVersion) {
			t.Errorf("error %v", err)
		}
		if err := m.requires(&templates.Package{Payloads: p.Payloads[:1]}); err != nil {
			t.Errorf("without protobuf: %v", err)
		}
	}
}

// TestRequiresForAuth: each module is asked for once, all of them at once.
func TestRequiresForAuth(t *testing.T) {
	p := &templates.Package{Auth: []*templates.AuthMethod{
		{Name: "app", Kind: templates.AuthJWT}, {Name: "other", Kind: templates.AuthJWT}, {Name: "meter", Kind: templates.AuthScram}, {Name: "staff"},
	}}
	m := &module{root: "/a", path: "a", file: []byte("module a\n")}
	err := m.requires(p)
	if want := "\n\tgo get " + joseModule + "@" + joseVersion + "\n\tgo get " + scramModule + "@" + scramVersion; err == nil || !strings.HasSuffix(err.Error(), "again:"+want) {
		t.Error(err)
	}
	m.file = []byte("module a\nrequire (\n\t" + joseModule + " v4.1.8\n\t" + scramModule + " v1.4.0\n)\n")
	if err := m.requires(p); err != nil {
		t.Error(err)
	}
}
