package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/spec/report"
	"gopkg.in/yaml.v3"
)

// authMethods is the methods, and scramExchange the Authentication Method of those whose exchange is the runtime's.
var (
	authMethods = []string{
		string(MethodPassword), string(MethodAnonymous), string(MethodMTLS), string(MethodJWT),
		string(MethodScramSHA256), string(MethodScramSHA512), string(MethodEnhanced),
	}
	scramExchange = map[Method]string{MethodScramSHA256: "SCRAM-SHA-256", MethodScramSHA512: "SCRAM-SHA-512"}
)

// authFields says which methods a field belongs to; those that are not here belong to all.
var authFields = map[string][]Method{
	"client_id":  {MethodPassword, MethodMTLS, MethodJWT, MethodScramSHA256, MethodScramSHA512},
	"in":         {MethodJWT},
	"algorithms": {MethodJWT},
	"claims":     {MethodJWT},
	"name":       {MethodEnhanced},
}

// certFields is what a certificate says of its owner.
var certFields = []string{
	"subject.cn", "subject.o", "subject.ou", "subject.serial", "san.dns", "san.email", "san.uri", "san.ip", "serial", "fingerprint",
}

// algorithms is the signatures of a JSON Web Token (RFC 7518, RFC 8037) that prove something.
var algorithms = []string{
	"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
}

// authDraft is an auth method while it is read: what belongs to some methods waits until the method is known.
type authDraft struct {
	*Auth
	keys  map[string]entry
	order []string
}

func authObject() *object[authDraft] {
	keep := func(_ *decoder, a *authDraft, e entry) {
		a.keys[e.name] = e
		a.order = append(a.order, e.name)
	}
	return &object[authDraft]{
		fields: []field[authDraft]{
			{"method", required, "password | anonymous | mtls | jwt | scram-sha-256 | scram-sha-512 | enhanced", "how a client shows who it is", func(d *decoder, a *authDraft, e entry) {
				if word, ok := d.oneOf(e, authMethods); ok {
					a.Method = Method(word)
				}
			}},
			{"description", optional, "text", "who these clients are", textField(func(a *authDraft) *string { return &a.Description })},
			{"client_id", optional, "text", `what the client id must equal: user (password, scram), a field such as subject.cn (mtls) or a claim such as sub (jwt)`, keep},
			{"in", optional, "password | user", "jwt: the field of CONNECT that holds the token; password by default", keep},
			{"algorithms", optional, "list of " + strings.Join(algorithms, " | "), "jwt: the signatures that are taken; must stand", keep},
			{"claims", optional, "map of scalar_type | schema", "jwt: the claims that the Go method gets; each a type (string, integer, number, boolean) or a schema", keep},
			{"name", optional, "text", "enhanced: the Authentication Method that clients send; must stand", keep},
			{"x-go-name", optional, "text", "the Go name, where the one that follows is not wanted", textField(func(a *authDraft) *string { return &a.GoName })},
			{"x-vet-ignore", optional, "map of text", "findings of vet to leave out here, with the reason", func(d *decoder, a *authDraft, e entry) { a.VetIgnore = d.vetIgnore(e) }},
		},
		hints: map[string]string{
			"password": "passwords stand in no spec: the Go method checks them", "users": "users stand in no spec: the Go method knows them",
			"type": `did you mean "method"?`, "kind": `did you mean "method"?`,
			"keys": "keys are given in the generated Options", "issuer": "issuers are given in the generated Options", "audience": "audiences are given in the generated Options",
			"secret": "keys are given in the generated Options", "jwks": "keys are given in the generated Options",
		},
	}
}

// authOf reads one entry of auth.
func (d *decoder) authOf(a *Auth, e entry) {
	draft := authDraft{Auth: a, keys: map[string]entry{}}
	decodeObject(d, e.value, a.Pos, e.where, authObject(), &draft)
	if a.Method == "" {
		return
	}
	a.Exchange = scramExchange[a.Method]
	if a.Method == MethodJWT {
		a.In = "password"
	}
	for _, key := range draft.order {
		d.authField(&draft, draft.keys[key])
	}
	for key, sample := range map[string]string{"algorithms": "algorithms: [ES256]", "name": "name: GS2-KRB5"} {
		if _, stands := draft.keys[key]; !stands && slices.Contains(authFields[key], a.Method) {
			d.Fail("MQX011", a.Pos, "%s (%s) has no %q", e.where, a.Method, key).Hint("add %s", sample)
		}
	}
}

// authField reads a field that belongs to some methods.
func (d *decoder) authField(a *authDraft, e entry) {
	if methods := authFields[e.name]; !slices.Contains(methods, a.Method) {
		words := make([]string, len(methods))
		for i, m := range methods {
			words[i] = string(m)
		}
		d.Fail("MQX034", d.Pos(e.key), "%q does not belong to %s: its method is %s", e.name, e.where, a.Method).
			Hint("it belongs to %s", strings.Join(words, ", "))
		return
	}
	switch e.name {
	case "client_id":
		d.authClientID(a, e)
	case "in":
		if word, ok := d.oneOf(e, []string{"password", "user"}); ok {
			a.In = word
		}
	case "algorithms":
		d.authAlgorithms(a.Auth, e)
	case "claims":
		d.authClaims(a.Auth, e)
	case "name":
		d.authExchange(a.Auth, e)
	}
}

// authClientID reads what of the credential the client id must equal.
func (d *decoder) authClientID(a *authDraft, e entry) {
	text, ok := d.text(e)
	if !ok {
		return
	}
	pos := d.Pos(e.value)
	switch a.Method {
	case MethodMTLS:
		name := strings.TrimPrefix(text, "cert.")
		if !slices.Contains(certFields, name) {
			d.Fail("MQX064", pos, "%s: a certificate has no field %q", e.what(), text).DidYouMean(name, certFields)
			return
		}
		a.ClientID = Source("cert." + name)
	case MethodJWT:
		source := Source("claim." + strings.TrimPrefix(text, "claim."))
		a.ClientID = source
		d.checks = append(d.checks, func() {
			if problem := claimProblem(a.Auth, source); problem != "" {
				d.lacks(a.Auth, source, pos).Hint("%s", problem)
			}
		})
	default:
		if text != string(SourceUser) {
			d.Fail("MQX064", pos, "%s cannot be %q: clients of method %s have a user name, and nothing else", e.what(), text, a.Method).Hint("write user")
			return
		}
		a.ClientID = SourceUser
	}
}

func (d *decoder) authAlgorithms(a *Auth, e entry) {
	items, ok := d.items(e, e.what())
	if !ok {
		return
	}
	if len(items) == 0 {
		d.Fail("MQX035", d.Pos(e.value), "%s is empty: no token would be taken", e.what()).Hint("write [ES256]")
	}
	for _, item := range items {
		word, pos := item.Value, d.Pos(item)
		switch {
		case item.Kind != yaml.ScalarNode:
			d.wrongKind(item, pos, "each item of "+e.what(), "text")
		case strings.EqualFold(word, "none"):
			d.Fail("MQX035", pos, "%s cannot hold %s: such a token is not signed, and anybody could write one", e.what(), word).Hint("remove it")
		case slices.Contains(a.Algorithms, word):
			d.Fail("MQX035", pos, "algorithm %s stands twice in %s", word, e.what())
		case !slices.Contains(algorithms, word):
			wrong := d.Fail("MQX035", pos, "there is no algorithm %q for the signature of a token", word).Hint("known here: %s", strings.Join(algorithms, ", "))
			if near := report.Nearest(word, algorithms); near != "" {
				wrong.Hint("did you mean %q?", near)
			}
		default:
			a.Algorithms = append(a.Algorithms, word)
		}
	}
}

// authExchange reads the Authentication Method of an exchange of the user's own.
func (d *decoder) authExchange(a *Auth, e entry) {
	text, ok := d.text(e)
	if !ok {
		return
	}
	if text == "" || len(text) > 65_535 || strings.ContainsRune(text, 0) {
		d.Fail("MQX022", d.Pos(e.value), "%s must have 1 to 65535 bytes and no NUL", e.what()).Hint("write a name such as GS2-KRB5")
		return
	}
	a.Exchange = text
}

// decides names what a CONNECT must have for an auth method to decide on it. Of two methods with the same, the second
// never decides.
func decides(a *Auth) string {
	switch a.Method {
	case MethodPassword:
		return "has a user name"
	case MethodAnonymous:
		return "has no credential"
	case MethodMTLS:
		return "comes with a certificate"
	case MethodJWT:
		return "has a token as its " + map[string]string{"user": "user name", "password": "password"}[a.In]
	}
	return fmt.Sprintf("names the Authentication Method %q", a.Exchange)
}

// checkAuth reports methods that can never decide.
func (d *decoder) checkAuth() {
	for i, a := range d.file.Auth {
		if a.Method == "" {
			continue
		}
		if a.Exchange != "" && !d.file.Server.Speaks("5") {
			d.Fail("MQX031", a.Pos, "auth method %q can never decide: it is of MQTT 5, which the server does not speak", a.Name).
				Hint(`add "5" to versions of server, or remove the method`)
			continue
		}
		if other := d.decidesBefore(a, d.file.Auth[:i]); other != nil {
			hint := "keep one of them, and tell the clients apart in its Go method"
			if a.Method == MethodJWT && other.Method == MethodPassword {
				hint = fmt.Sprintf("put %q in front of %q", a.Name, other.Name)
			}
			d.Fail("MQX031", a.Pos, "auth method %q can never decide: %q takes every client that %s", a.Name, other.Name, decides(other)).
				Hint("%s", hint).Also(other.Pos, "%q comes first", other.Name)
		}
	}
}

// decidesBefore returns an earlier method that takes every client of a method, or nil.
func (d *decoder) decidesBefore(a *Auth, earlier []*Auth) *Auth {
	for _, other := range earlier {
		switch {
		case other.Method == "" || other.Exchange == "" && a.Method == MethodEnhanced:
		case decides(other) == decides(a):
			return other
		case other.Method == MethodPassword && a.Method == MethodJWT && (a.In == "user" || !d.file.Server.Speaks("5")):
			return other // before MQTT 5, whoever has a password has a user name [MQTT-3.1.2-22]
		}
	}
	return nil
}
