package templates

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
)

// The leaves that verify what clients show.
const (
	jwtPath   = "github.com/mqttx-gen/mqttx-gen/runtime/auth/jwt"
	scramPath = "github.com/mqttx-gen/mqttx-gen/runtime/auth/scram"
)

// leaf is the package that verifies what clients of a method show, and its type that does so; "" for none.
func (a *AuthMethod) leaf() (path, name string) {
	switch a.Kind {
	case AuthJWT:
		return jwtPath, "Verifier"
	case AuthScram:
		return scramPath, "Server"
	}
	return "", ""
}

// verifier is the field of Server with what leaf makes, and that of a connection with the state of a SCRAM exchange.
func (a *AuthMethod) verifier() string {
	if a.Kind == AuthScram {
		return "scram" + a.GoName
	}
	return "tokens" + a.GoName
}

// verified returns the auth methods with a leaf that can ever decide.
func (pr *printer) verified() []*AuthMethod {
	var list []*AuthMethod
	for _, a := range pr.Auth {
		if a.Kind == AuthScram || a.Kind == AuthJWT && slices.Contains(pr.deciding(), a) {
			list = append(list, a)
		}
	}
	return list
}

// Needs names the leaf that a package imports for an auth method: "jwt", "scram"; "" for none.
func (a *AuthMethod) Needs() string {
	path, _ := a.leaf()
	return path[strings.LastIndex(path, "/")+1:]
}

// printMethods prints names and numbers for the auth methods.
func (pr *printer) printMethods(f *jen.File) {
	if len(pr.Auth) > 0 {
		f.Add(doc("The auth methods, as the Method of an Identity and mqttx.Allow have them."))
		f.Const().DefsFunc(func(g *jen.Group) {
			for _, a := range pr.Auth {
				g.Id(a.exported()).Op("=").Add(quote(a.Name))
			}
		})
	}
	f.Add(doc("method numbers the auth methods; the zero value is none."))
	f.Type().Id("method").Uint8()
	f.Const().DefsFunc(func(g *jen.Group) {
		for i, a := range pr.Auth {
			c := g.Id(a.constant())
			if i == 0 {
				c.Id("method").Op("=").Iota().Op("+").Id("1")
			}
		}
	})
}

func (a *AuthMethod) constant() string { return "method" + a.GoName }

// exported is the constant with the name of a method.
func (a *AuthMethod) exported() string { return "Method" + a.GoName }

// enter prints the refusal of clients whose listener does not take a method.
func (a *AuthMethod) enter(g *jen.Group, refuse *jen.Statement) {
	g.If(jen.Err().Op(":=").Id("in.Enter").Call(jen.Id(a.exported())), jen.Err().Op("!=").Nil()).Block(refuse)
}

// printAuthenticate prints who decides on a CONNECT.
func (pr *printer) printAuthenticate(f *jen.File) {
	f.Add(doc(
		"Authenticate has the first auth method of the spec decide whose credential is present. Its answer is final.",
	))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("Authenticate").
		Params(ctx(), jen.Id("in").Op("*").Qual(mqttxPath, "Connect")).Error().BlockFunc(func(g *jen.Group) {
		refuse := func(code, text string) *jen.Statement {
			return jen.Return(jen.Qual(mqttxPath, "Refuse").Call(jen.Qual(mqttxPath, code), jen.Lit(text)))
		}
		call := func(a *AuthMethod, args ...jen.Code) *jen.Statement {
			return jen.Return(jen.Id("c.authenticate" + a.GoName).Call(append([]jen.Code{jen.Id("ctx"), jen.Id("in")}, args...)...))
		}
		anonymous := (*AuthMethod)(nil)
		for _, a := range pr.deciding() {
			switch a.Kind {
			case AuthMTLS:
				g.If(jen.List(jen.Id("cert"), jen.Id("ok")).Op(":=").Id("in.Certificate").Call(), jen.Id("ok")).
					Block(call(a, jen.Id("cert")))
			case AuthJWT:
				g.If(jen.Id("in.HasToken").Call(jen.Lit(a.TokenIn))).Block(call(a))
			case AuthPassword:
				g.If(jen.Id("in.HasUserName")).Block(call(a))
			case AuthAnonymous:
				anonymous = a
			}
		}
		if anonymous == nil {
			g.Add(refuse("NotAuthorized", pr.missing()))
		} else {
			g.If(jen.Id("in.HasCredential").Call()).Block(refuse("BadUserNameOrPassword", "this user name or password is not for any auth method"))
			g.Add(call(anonymous))
		}
	})
	for _, a := range pr.deciding() {
		pr.printAuthMethod(f, a)
	}
	pr.printExchange(f)
}

// missing says what a client could have come with that came with none of it.
func (pr *printer) missing() string {
	var wanted []string
	for _, a := range pr.deciding() {
		switch a.Kind {
		case AuthMTLS:
			wanted = append(wanted, "a client certificate")
		case AuthJWT:
			wanted = append(wanted, "a token as "+tokenPlaces[a.TokenIn])
		case AuthPassword:
			wanted = append(wanted, "a user name")
		}
	}
	if wanted == nil {
		return "an Authentication Method is required"
	}
	return strings.Join(wanted, " or ") + " is required"
}

var tokenPlaces = map[string]string{"user": "user name", "password": "password"}

// deciding returns the auth methods that decide on a CONNECT without AUTH packets: of those with the same credential
// only the first can ever do so.
func (pr *printer) deciding() []*AuthMethod {
	type credential struct {
		kind AuthKind
		in   string
	}
	seen := map[credential]bool{}
	var list []*AuthMethod
	for _, a := range pr.Auth {
		c := credential{a.Kind, a.TokenIn}
		if !seen[c] && !a.exchanges() {
			seen[c] = true
			list = append(list, a)
		}
	}
	return list
}

// exchanges says whether a method is one of AUTH packets.
func (a *AuthMethod) exchanges() bool { return a.Kind == AuthScram || a.Kind == AuthEnhanced }

// printAuthMethod prints how one auth method decides: what the spec says about the client first, the Handler last.
func (pr *printer) printAuthMethod(f *jen.File, a *AuthMethod) {
	params := []jen.Code{ctx(), jen.Id("in").Op("*").Qual(mqttxPath, "Connect")}
	if a.Kind == AuthMTLS {
		params = append(params, jen.Id("cert").Qual(mqttxPath, "Certificate"))
	}
	f.Line()
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("authenticate" + a.GoName).Params(params...).Error().
		BlockFunc(func(g *jen.Group) {
			a.enter(g, jen.Return(jen.Err()))
			user, args := "", []jen.Code{jen.Id("ctx"), jen.Id("in")}
			switch a.Kind {
			case AuthPassword:
				user, args = "in.UserName", append(args, jen.Id("in.UserName"), jen.Id("in.Password"))
			case AuthMTLS:
				user, args = "cert.User()", append(args, jen.Id("cert"))
			case AuthJWT:
				user = "token.Subject"
				if pr.verify(g, a) {
					args = append(args, jen.Id("claims"))
				}
			}
			// First, so that the log says who was refused, and by which method.
			if user != "" {
				g.Id("in.Identity.User").Op("=").Id(user)
			}
			pr.checkIdentity(g, a, jen.Return(jen.Err()))
			g.Id("c.method").Op("=").Id(a.constant())
			call := jen.Id("c.handler").Dot("Authenticate" + a.GoName).Call(args...)
			if a.Kind != AuthJWT {
				g.Return(call)
				return
			}
			g.If(jen.Err().Op(":=").Add(call), jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
			if a.Claims != nil {
				g.Id("c.conn").Dot(a.claimsField()).Dot("Store").Call(jen.Op("&").Id("claims"))
			}
			g.Id("c.conn.EndAt").Call(jen.Id("token.Expires"), jen.Qual(mqttxPath, "Refusal").Values(
				jen.Id("Code").Op(":").Qual(mqttxPath, "MaximumConnectTime"), jen.Id("Reason").Op(":").Lit("the token has expired")))
			g.Return(jen.Nil())
		})
}

// verify prints the verification of a token, and says whether there are claims.
func (pr *printer) verify(g *jen.Group, a *AuthMethod) bool {
	g.List(jen.Id("token"), jen.Err()).Op(":=").Id("c.conn.server").Dot(a.verifier()).Dot("Verify").
		Call(jen.Id("ctx"), jen.Id("in"), jen.Lit(a.TokenIn))
	g.If(jen.Err().Op("!=").Nil()).Block(jen.Return(jen.Err()))
	if a.Claims == nil {
		return false
	}
	g.Var().Id("claims").Id(a.Claims.GoName)
	g.If(jen.Err().Op(":=").Id("claims.DecodePayload").Call(jen.Id("token.Claims")), jen.Err().Op("!=").Nil()).Block(
		jen.Return(jen.Qual(mqttxPath, "Refuse").Call(jen.Qual(mqttxPath, "NotAuthorized"), jen.Lit("claims: %v"), jen.Err())))
	return true
}

// checkIdentity prints what the spec wants of the client identifier, and the checks of the values that parameters are
// bound to. refuse is the statement that returns err.
func (pr *printer) checkIdentity(g *jen.Group, a *AuthMethod, refuse *jen.Statement) {
	check := func(call *jen.Statement) {
		g.If(jen.Err().Op(":=").Add(call), jen.Err().Op("!=").Nil()).Block(refuse.Clone())
	}
	values, taken := map[Credential]string{}, map[string]bool{}
	value := func(c Credential) *jen.Statement {
		if c.Source != FromCert {
			return a.value(c)
		}
		if values[c] == "" { // one look into the certificate for each field
			values[c] = distinct(boundName(c), taken)
			g.List(jen.Id(values[c]), jen.Err()).Op(":=").Id("cert.Field").Call(quote(c.Field))
			g.If(jen.Err().Op("!=").Nil()).Block(refuse.Clone())
		}
		return jen.Id(values[c])
	}
	if a.ClientID != nil {
		v := value(*a.ClientID)
		check(jen.Id("in.CheckClientID").Call(quote(a.ClientID.word()), v))
	}
	for _, c := range pr.boundBy(a) {
		v := value(c)
		check(jen.Qual(mqttxPath, "CheckBound").Call(quote(c.word()), v))
		g.Id("c.bound[" + pr.boundConstant(c) + "]").Op("=").Add(v.Clone())
	}
}

// word is a credential as specs write it.
func (c Credential) word() string {
	switch c.Source {
	case FromClientID:
		return "client_id"
	case FromUser:
		return "user"
	case FromClaim:
		return "claim." + c.Field
	}
	return "cert." + c.Field
}

// value is the expression of a credential while its auth method decides.
func (a *AuthMethod) value(c Credential) *jen.Statement {
	switch {
	case c.Source == FromClientID:
		return jen.Id("in.ClientID")
	case c.Source == FromUser && a.Kind == AuthJWT:
		return jen.Id("token.Subject") // what is in the field of the user name is not verified
	case c.Source == FromUser && a.exchanges():
		return jen.Id("in.Identity.User")
	case c.Source == FromUser:
		return jen.Id("in.UserName")
	}
	if a.Claims != nil {
		for _, p := range a.Claims.Schema.Properties {
			if p.Name != c.Field {
				continue
			}
			if p.Fixed != nil {
				return quote(p.Fixed.Text)
			}
			claim := jen.Id("claims." + p.GoName)
			if !p.Required {
				claim.Dot("Value")
			}
			if p.Schema.GoType != "" {
				claim = jen.String().Call(claim)
			}
			return claim
		}
	}
	return jen.Id("token.Subject") // the claim sub need not be listed
}

// printExchange prints how the methods of AUTH packets decide.
func (pr *printer) printExchange(f *jen.File) {
	var list []*AuthMethod
	for _, a := range pr.Auth {
		if a.exchanges() {
			list = append(list, a)
		}
	}
	if len(list) == 0 {
		return
	}
	params := func() *jen.Statement {
		return jen.Params(ctx(), jen.Id("in").Op("*").Qual(mqttxPath, "Connect"), jen.Id("data").Index().Byte())
	}
	results := func() *jen.Statement { return jen.Params(jen.Qual(mqttxPath, "AuthStep"), jen.Error()) }
	none := func() *jen.Statement { return jen.Qual(mqttxPath, "AuthStep").Values() }
	f.Add(doc("Exchange takes the data of a client that authenticates by AUTH packets to the next step."))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("Exchange").Add(params(), results()).BlockFunc(func(g *jen.Group) {
		g.Switch(jen.Id("in.AuthMethod")).BlockFunc(func(g *jen.Group) {
			for _, a := range list {
				names := []jen.Code{quote(a.Exchange)}
				bound := a.Exchange + "-PLUS" // the same, and bound to TLS
				if a.Kind == AuthScram && !slices.ContainsFunc(list, func(other *AuthMethod) bool { return other.Exchange == bound }) {
					names = append(names, quote(bound))
				}
				g.Case(names...).Block(jen.Return(jen.Id("c.exchange"+a.GoName).Call(jen.Id("ctx"), jen.Id("in"), jen.Id("data"))))
			}
		})
		g.Return(none(), jen.Qual(mqttxPath, "Refuse").Call(jen.Qual(mqttxPath, "BadAuthenticationMethod"),
			jen.Lit("there is no Authentication Method %.256q here"), jen.Id("in.AuthMethod")))
	})
	for _, a := range list {
		f.Line()
		f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("exchange"+a.GoName).Add(params(), results()).BlockFunc(func(g *jen.Group) {
			a.enter(g, jen.Return(none(), jen.Err()))
			step := jen.Id("c.handler").Dot("Auth"+a.GoName).Call(jen.Id("ctx"), jen.Id("in"), jen.Id("data"))
			if a.Kind == AuthScram {
				step = jen.Id("c.conn.server").Dot(a.verifier()).Dot("Step").Call(jen.Op("&").Id("c").Dot(a.verifier()), jen.Id("in"), jen.Id("data"),
					jen.Func().Params(jen.Id("user").String()).Params(jen.Qual(mqttxPath, "ScramCredentials"), jen.Error()).Block(
						jen.Return(jen.Id("c.handler").Dot("Scram"+a.GoName).Call(jen.Id("ctx"), jen.Id("in"), jen.Id("user")))))
			}
			g.List(jen.Id("step"), jen.Err()).Op(":=").Add(step)
			g.If(jen.Err().Op("!=").Nil().Op("||").Op("!").Id("step.Done")).Block(jen.Return(jen.Id("step"), jen.Err()))
			g.If(jen.Err().Op(":=").Id("in.Identify").Call(), jen.Err().Op("!=").Nil()).Block(jen.Return(none(), jen.Err()))
			pr.checkIdentity(g, a, jen.Return(none(), jen.Err()))
			g.Id("c.method").Op("=").Id(a.constant())
			g.Return(jen.Id("step"), jen.Nil())
		})
	}
}

// claims returns the auth methods with claims.
func (pr *printer) claims() []*AuthMethod {
	var list []*AuthMethod
	for _, a := range pr.deciding() {
		if a.Claims != nil {
			list = append(list, a)
		}
	}
	return list
}

// claimsField is the field of Conn with the claims of a method.
func (a *AuthMethod) claimsField() string { return "claims" + a.GoName }
