package gen

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// marked is a name of user code that has to change, for example «ReadingTopic».
var marked = regexp.MustCompile("«([^»]*)»")

// userPieces are pieces of code; @ stands for the qualifier of the generated package.
var userPieces = []string{
	"\nfunc parse(s string) (@«ReadingTopic», error) { return @«ParseReadingTopic»(s) }\n",
	"\ntype  own struct { ReadingTopic string }\n\nfunc (o own) HandleFiles() { _ = o.ReadingTopic }\n",
	"\nfunc publish(s *@Server, t @«ReadingTopic») { s.«PublishReading»( nil, t, @Reading{State: @ReadingStateOk} ) }\n",
	"\nvar published = (*@Server).«PublishReading» // PublishReading, ReadingTopic\n",
	"\ntype both struct {\n\t@«ReadingTopic»\n\t*@Server\n}\n\nfunc (b both) x() { _, _ = b.«ReadingTopic», b.Server; b.«PublishReading»(nil, b.«ReadingTopic», @Reading{}) }\n",
	"\nfunc hidden() {\n\tapi, x := own2{}, own2{}\n\t_, _ = api.ReadingTopic, x.PublishReading\n}\n\ntype own2 struct{ ReadingTopic, PublishReading int }\n",
	"\nvar server atomic.Pointer[@Server]\n\nfunc load() { server.Load().«PublishReading»(nil, @«ReadingTopic»{}, @Reading{}) }\n",
	"\nfunc call(h *Mine) { _ = h.«HandleReading»(nil, nil); f := h.«HandleReading»; _ = f }\n",
	"\nfunc generic[T any](v T) T { return v }\n\nvar _ = generic(new(@Conn)).«PublishReading»\n",
	"\ntype fake struct{}\n\nfunc (fake) «HandleReading»() {}\nfunc (fake) HandleFiles() {}\nfunc (fake) AuthenticateDevice() {}\nfunc (fake) AuthenticateOperator() {}\n",
	"\nconst text = `ReadingTopic`\n\n/* ReadingTopic */\n",
	"\nfunc all(list []@«ReadingMessage») { for _, m := range slices.All(list) { _ = m.Topic } }\n",
}

const userHandler = "\n// Mine   is mine.\ntype Mine struct{ c  *@Conn }\n\n// «HandleReading» gets a reading; see HandleReading.\n//\n//mqttx:topic «reading»\nfunc (h *Mine) " +
	"«HandleReading»( ctx context.Context, m *@«ReadingMessage» ) error {\n\treturn h.c.«PublishReading»(ctx, m.Topic, m.Payload)   // mine\n}\n\n//mqttx:topic files\nfunc (h *Mine) HandleFiles() {}\n"

// TestRenameTouchesNamesOnly renames a topic in random user code: exactly the names change that are the package's, and on
// the way back every byte is as before.
func TestRenameTouchesNamesOnly(t *testing.T) {
	for seed := range uint64(36) {
		r := rand.New(rand.NewPCG(seed, 4))
		pick := func(list ...string) string { return list[r.IntN(len(list))] }
		local := pick("", "x", "Api", ".")
		text := "package main\n\nimport (\n\t\"context\"\n\t\"slices\"\n\t\"sync/atomic\"\n\n\t" + local + " \"example.com/shop/api\"\n)\n"
		for _, i := range r.Perm(len(userPieces))[:r.IntN(len(userPieces)+1)] {
			if std := strings.Contains(userPieces[i], "slices.") || strings.Contains(userPieces[i], "atomic."); std && seed != 12 {
				continue // to read the standard library takes a second
			}
			text += userPieces[i]
		}
		qualifier := map[string]string{"": "api.", ".": ""}[local]
		if local != "" && local != "." {
			qualifier = local + "."
		}
		text = strings.ReplaceAll(text+userHandler, "@", qualifier)
		if r.IntN(3) == 0 {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		old := marked.ReplaceAllString(text, "$1")
		want := marked.ReplaceAllStringFunc(text, func(s string) string {
			s = strings.Trim(s, "«»")
			return strings.Replace(strings.Replace(s, "Reading", "NewSample", 1), "reading", "new_sample", 1)
		})
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir := shop(t)
			lay(t, dir, map[string]string{"handler.go": old})
			handlerType(t, dir, "{type: Mine}")
			before := snapshot(t, dir)
			renameIn(t, dir, "reading", "new_sample")
			if diff := cmp.Diff(want, snapshot(t, dir)["handler.go"]); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
			renameIn(t, dir, "new_sample", "reading")
			if diff := cmp.Diff(before, snapshot(t, dir)); diff != "" {
				t.Errorf("the way back (-want +got)\n%s", diff)
			}
		})
		if !ok {
			t.Fatalf("the file was\n%s", old)
		}
	}
}

// handlerType says in the spec of dir where the handler is.
func handlerType(t *testing.T, dir, handler string) {
	t.Helper()
	source, err := os.ReadFile(filepath.Join(dir, SpecFile))
	if err != nil {
		t.Fatal(err)
	}
	lay(t, dir, map[string]string{SpecFile: strings.Replace(string(source), "out: api}", "out: api, handler: "+handler+"}", 1)})
}

func renameIn(t *testing.T, dir, from, to string) {
	t.Helper()
	r, err := Rename(filepath.Join(dir, SpecFile), "topic", from, to)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unsure) > 0 {
		t.Errorf("unsure: %v", r.Unsure)
	}
	if err := WriteAll(r.Changes); err != nil {
		t.Fatal(err)
	}
}

// TestRenameInSamePackage has the handler beside the generated files, and a name that is taken there.
func TestRenameInSamePackage(t *testing.T) {
	dir := shop(t)
	handlerType(t, dir, "{package: api, type: H}")
	const code = "package api\n\ntype H struct{}\n\nfunc (H) HandleReading(m *ReadingMessage) { _ = topicReading; var ReadingTopic int; _ = ReadingTopic }\n"
	lay(t, dir, map[string]string{
		"api/h.go":  code,
		"api/ok.go": "package api\n\nvar taken ReadingTopic\n",
	})
	renameIn(t, dir, "reading", "sample")
	got := snapshot(t, dir)
	want := "package api\n\ntype H struct{}\n\nfunc (H) HandleSample(m *SampleMessage) { _ = topicSample; var ReadingTopic int; _ = ReadingTopic }\n"
	if diff := cmp.Diff(want, got["api/h.go"]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got["api/ok.go"] != "package api\n\nvar taken SampleTopic\n" {
		t.Errorf("%s", got["api/ok.go"])
	}
	lay(t, dir, map[string]string{"api/taken.go": "package api\n\ntype OtherTopic struct{}\n"})
	if _, err := Rename(filepath.Join(dir, SpecFile), "topic", "sample", "other"); err == nil || !strings.Contains(err.Error(), "taken.go:3:6: OtherTopic is declared here already") {
		t.Errorf("got %v", err)
	}
}
