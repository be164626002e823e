package templates

import "github.com/dave/jennifer/jen"

// printMethods prints numbers for the auth methods.
func (pr *printer) printMethods(f *jen.File) {
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

func (pr *printer) printAuthenticate(f *jen.File) {
	f.Add(doc(
		"Authenticate has the first auth method of the spec decide whose credential is present. Its answer is final.",
	))
	f.Func().Params(jen.Id("c").Op("*").Id("connection")).Id("Authenticate").
		Params(ctx(), jen.Id("in").Op("*").Qual(mqttxPath, "Connect")).Error().BlockFunc(func(g *jen.Group) {
		password, anonymous := pr.first(AuthPassword), pr.first(AuthAnonymous)
		refuse := func(code, text string) *jen.Statement {
			return jen.Return(jen.Qual(mqttxPath, "Refuse").Call(jen.Qual(mqttxPath, code), jen.Lit(text)))
		}
		g.If(jen.Id("in.HasUserName")).BlockFunc(func(g *jen.Group) {
			if password == nil {
				g.Add(refuse("BadUserNameOrPassword", "clients come without a user name here"))
				return
			}
			pr.authenticate(g, password)
		})
		if anonymous == nil {
			g.Add(refuse("NotAuthorized", "a user name is required"))
			return
		}
		pr.authenticate(g, anonymous)
	})
}

// first returns the first auth method of a kind, which always decides, or nil.
func (pr *printer) first(kind AuthKind) *AuthMethod {
	for _, a := range pr.Auth {
		if a.Kind == kind {
			return a
		}
	}
	return nil
}

func (pr *printer) authenticate(g *jen.Group, a *AuthMethod) {
	bind := func(source Source, name, value, field string) {
		if pr.bindsFor(a, source) {
			g.If(jen.Err().Op(":=").Qual(mqttxPath, "CheckBound").Call(jen.Lit(name), jen.Id(value)), jen.Err().Op("!=").Nil()).
				Block(jen.Return(jen.Err()))
			g.Id(field).Op("=").Id(value)
		}
	}
	bind(FromClientID, "client_id", "in.ClientID", "c.clientID")
	bind(FromUser, "user", "in.UserName", "c.user")
	g.Id("c.method").Op("=").Id(a.constant())
	g.Id("in.Identity").Op("=").Qual(mqttxPath, "Identity").ValuesFunc(func(g *jen.Group) {
		g.Id("Method").Op(":").Lit(a.Name)
		if a.Kind == AuthPassword {
			g.Id("User").Op(":").Id("in.UserName")
		}
	})
	g.Return(jen.Id("c.handler").Dot("Authenticate" + a.GoName).CallFunc(func(g *jen.Group) {
		g.Id("ctx")
		g.Id("in")
		if a.Kind == AuthPassword {
			g.Id("in.UserName")
			g.Id("in.Password")
		}
	}))
}

// binds says whether a parameter is bound to a source.
func (pr *printer) binds(source Source) bool {
	for _, a := range pr.Auth {
		if pr.bindsFor(a, source) {
			return true
		}
	}
	return false
}

func (pr *printer) bindsFor(a *AuthMethod, source Source) bool {
	for _, t := range pr.Topics {
		for _, p := range t.Params {
			for _, b := range p.Bindings {
				if b.Auth == a && b.Source == source {
					return true
				}
			}
		}
	}
	return false
}
