package protobuf_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload/protobuf"
)

func TestDecode(t *testing.T) {
	want := wrapperspb.String("aä")
	b, err := protobuf.Payload{Message: want}.AppendPayload([]byte("before"))
	if err != nil || string(b[:6]) != "before" {
		t.Fatalf("%q, %v", b, err)
	}
	b = b[6:]
	var got *wrapperspb.StringValue
	if err := protobuf.Decode(&got, b); err != nil || !proto.Equal(got, want) {
		t.Fatalf("%v, %v", got, err)
	}
	b[3] = 'x'
	if got.Value != "aä" {
		t.Error("the message keeps the bytes that it was read from")
	}
	last := got
	if err := protobuf.Decode(&got, nil); err != nil || got == last || got.Value != "" {
		t.Errorf("an empty document is %v, %v", got, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := []byte(nil)
	for range 100 {
		deep = protowire.AppendBytes(protowire.AppendTag(nil, 6, protowire.BytesType), // list_value
			protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), deep))
	}
	for _, c := range []struct{ document, want string }{
		{"\x0a\x02\xff\xfe", "invalid UTF-8"},
		{"\x0a\x05a", "not a google.protobuf.StringValue in protobuf: "},
		{"\x0f", "not a google.protobuf.StringValue in protobuf: "},
	} {
		var m *wrapperspb.StringValue
		err := protobuf.Decode(&m, []byte(c.document))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "proto:") || m != nil {
			t.Errorf("%q: %v, error %v", c.document, m, err)
		}
	}
	var v *structpb.Value
	if err := protobuf.Decode(&v, deep); err == nil || !strings.Contains(err.Error(), "depth") {
		t.Errorf("nested 200 deep: error %v", err)
	}
}

func TestAppendRefuses(t *testing.T) {
	for name, m := range map[string]proto.Message{
		"nil": nil, "typed nil": (*wrapperspb.StringValue)(nil), "no UTF-8": wrapperspb.String("\xff"),
	} {
		if b, err := (protobuf.Payload{Message: m}).AppendPayload(nil); err == nil || b != nil {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}
