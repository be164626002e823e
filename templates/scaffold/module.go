package scaffold

import (
	_ "embed"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// modulePath is the module that projects require.
const modulePath = "github.com/mqttx-gen/mqttx-gen"

// requirements are the lines of go.mod for the modules that `go tool mqttx-gen` is built from, and sums their go.sum.
// They are copies from the go.mod and go.sum of this module; a test keeps them equal. With them a project needs no
// `go get` and no `go mod tidy`, so no network.
var (
	//go:embed requirements.txt
	requirements string
	//go:embed sums.txt
	sums []byte
	//go:embed goversion.txt
	goVersion string
)

// goMod writes the go.mod of a project.
func goMod(p Project) []byte {
	var b strings.Builder
	version := p.Source.Version
	if p.Source.Dir != "" {
		version = "v0.0.0"
	}
	fmt.Fprintf(&b, "module %s\n\ngo %s\n\n", p.Module, strings.TrimSpace(goVersion))
	fmt.Fprintf(&b, "// go generate runs mqttx-gen through this line: go tool mqttx-gen generate\ntool %s/cmd/mqttx-gen\n\n", modulePath)
	fmt.Fprintf(&b, "require %s %s\n\n", modulePath, version)
	b.WriteString("// What mqttx-gen itself is built from. Your program links none of it but what its auth methods and encodings need.\nrequire (\n")
	for line := range strings.Lines(requirements) {
		b.WriteString("\t" + strings.TrimSpace(line) + " // indirect\n")
	}
	b.WriteString(")\n")
	if p.Source.Dir != "" {
		fmt.Fprintf(&b, "\n// This project was made by an mqttx-gen that was built from its source, so its runtime is taken from that folder too,\n"+
			"// without a network. To move to a release: delete the next line, then run `go get %[1]s@latest`.\n"+
			"replace %[1]s => %[2]s\n", modulePath, quotePath(p.Source.Dir))
	}
	return []byte(b.String())
}

// quotePath quotes a path for go.mod where it has to be.
func quotePath(dir string) string {
	if strings.ContainsAny(dir, " \t'\"`()[]{},;") || strings.Contains(dir, "//") || strings.Contains(dir, "/*") {
		return strconv.Quote(dir)
	}
	return dir
}

var (
	moduleElement = regexp.MustCompile(`^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$`)
	shortName     = regexp.MustCompile(`~[0-9]+(\.|$)`) // as Windows makes of long names
	notInModule   = regexp.MustCompile(`[^a-z0-9._~-]+`)
)

// reserved are names that mean something else to the go command, at the start of a module path: its own words, and the
// folders of the standard library.
var reserved = words(`all main std tool work
	archive arena bufio builtin bytes cmd cmp compress container context crypto database debug embed encoding errors expvar
	flag fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime simd
	slices sort strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak`)

// devices are names that no file can have on Windows, whatever follows behind a dot.
var devices = words(`con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// CheckModule says why a string cannot be the path of a project's module; nil if it can.
func CheckModule(module string) error {
	if module == "" {
		return fmt.Errorf("the module path is empty")
	}
	if path.Clean(module) != module {
		return fmt.Errorf("module path %q: want names with / between them, such as example.com/shop", module)
	}
	elements := strings.Split(module, "/")
	if reserved[elements[0]] {
		return fmt.Errorf("module path %q: %q belongs to the go command or the standard library", module, elements[0])
	}
	if module == modulePath || strings.HasPrefix(module, modulePath+"/") {
		return fmt.Errorf("module path %q is that of mqttx-gen itself", module)
	}
	if module[0] == '-' {
		return fmt.Errorf("module path %q begins with a dash", module)
	}
	for _, e := range elements {
		if err := checkElement(e); err != nil {
			return fmt.Errorf("module path %q: %w", module, err)
		}
	}
	return nil
}

func checkElement(e string) error {
	short, _, _ := strings.Cut(strings.ToLower(e), ".")
	switch {
	case !moduleElement.MatchString(e) || strings.HasSuffix(e, "."):
		return fmt.Errorf("%q may have letters, digits and . _ - ~ only, and neither begin nor end with a dot", e)
	case devices[short] || shortName.MatchString(e):
		return fmt.Errorf("%q is no name for a folder on Windows", e)
	case e == "vendor":
		return fmt.Errorf("%q means something else to the go command", e)
	}
	return nil
}

// ModuleOf makes a module path of the name of a folder; "" if nothing in it can be one.
func ModuleOf(folder string) string {
	name := strings.Trim(notInModule.ReplaceAllString(strings.ToLower(folder), "-"), "-.")
	if reserved[name] || devices[name] {
		name += "-server"
	}
	if CheckModule(name) != nil {
		return ""
	}
	return name
}
