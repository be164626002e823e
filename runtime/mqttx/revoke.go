package mqttx

import (
	"fmt"

	"github.com/mqttx-gen/mqttx-gen/runtime/internal/link"
	"github.com/mqttx-gen/mqttx-gen/runtime/internal/session"
)

// Revoke takes back what a client was let in for. Its connection ends, in MQTT
// 5.0 with NotAuthorized; its session is discarded, for its subscriptions and the
// messages that wait were granted under the old rights; its will is refused and
// not sent, one that waits for its delay as well. A CONNECT of the client that is
// being decided on is refused with ServerBusy, so that it is decided on anew.
// Revoke does not keep the client from coming back: change what your auth methods
// look at first. [Server.Disconnect] leaves session and will alone. The error is
// ErrNotConnected where the client has neither connection nor session.
func (s *Server) Revoke(clientID string) error {
	if !s.revoke(clientID, nil) {
		return fmt.Errorf("revoke %q: there is no session either: %w", clientID, ErrNotConnected)
	}
	return nil
}

// Recheck asks keep about every client that has a session, connected or not, and
// revokes those for which it says no, as [Server.Revoke] does. It returns how many
// these were. Call it when what auth methods look at has changed, such as a file
// of passwords that was read again:
//
//	srv.Recheck(func(id mqttx.Identity, clientID string) bool {
//		return id.Method != fleet.MethodOperator || accounts.Has(id.User)
//	})
//
// Clients that are about to be let in are refused with ServerBusy, since they may
// have been judged by the old state: they come back and are judged by the new
// one. keep is called on the calling goroutine, one client after the other, and
// may take its time; nothing is locked.
func (s *Server) Recheck(keep func(id Identity, clientID string) bool) (revoked int) {
	for clientID, owner := range s.broker.Recheck() {
		if !keep(Identity{Method: owner.Method, User: owner.User}, clientID) && s.revoke(clientID, &owner) {
			revoked++
		}
	}
	return revoked
}

func (s *Server) revoke(clientID string, owner *session.Owner) bool {
	p, found := s.broker.Revoke(clientID, owner)
	if l, ok := p.(*link.Link); ok {
		l.Revoke()
	}
	return found
}
