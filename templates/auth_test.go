package templates

import "testing"

// TestMissing looks at what a client is told that shows none of the credentials that the spec has methods for.
func TestMissing(t *testing.T) {
	mtls, app := &AuthMethod{Kind: AuthMTLS}, &AuthMethod{Kind: AuthJWT, TokenIn: "password"}
	user, meter := &AuthMethod{Kind: AuthPassword}, &AuthMethod{Kind: AuthScram}
	for want, methods := range map[string][]*AuthMethod{
		"a client certificate is required":                                       {mtls},
		"a client certificate or a token as password or a user name is required": {mtls, app, user},
		"a token as user name is required":                                       {{Kind: AuthJWT, TokenIn: "user"}, meter},
		"an Authentication Method is required":                                   {meter},
	} {
		pr := &printer{Package: &Package{Auth: methods}}
		if got := pr.missing(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
