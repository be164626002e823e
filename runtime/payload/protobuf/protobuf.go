// Package protobuf reads and writes protobuf messages for generated code.
package protobuf

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/mqttx-gen/mqttx-gen/runtime/payload"
)

// Pointer is the type of messages whose struct is M.
type Pointer[M any] interface {
	*M
	proto.Message
}

// Decode reads a message into a new value, which keeps nothing of b. Messages may lie at most payload.MaxDepth deep in each
// other. Fields that the message does not have are kept, as protobuf does.
func Decode[M any, P Pointer[M]](to *P, b []byte) error {
	m := P(new(M))
	if err := (proto.UnmarshalOptions{RecursionLimit: payload.MaxDepth}).Unmarshal(b, m); err != nil {
		return &payload.Error{Reason: fmt.Sprintf("not a %s in protobuf: %s", m.ProtoReflect().Descriptor().FullName(), reason(err))}
	}
	*to = m
	return nil
}

// Payload is a message that is published.
type Payload struct{ Message proto.Message }

// AppendPayload appends the message to b. The bytes of equal messages may differ. A message that is nil or that lacks a
// required field is an error.
func (p Payload) AppendPayload(b []byte) ([]byte, error) {
	if p.Message == nil || !p.Message.ProtoReflect().IsValid() {
		return nil, errors.New("the message is nil")
	}
	out, err := proto.MarshalOptions{}.MarshalAppend(b, p.Message)
	if err != nil {
		return nil, errors.New(reason(err))
	}
	return out, nil
}

// reason is an error without the name of the library, whose spaces differ from build to build.
func reason(err error) string {
	text := strings.ReplaceAll(err.Error(), "\u00a0", " ")
	return strings.TrimPrefix(text, "proto: ")
}
