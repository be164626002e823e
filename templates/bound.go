package templates

import (
	"strconv"
	"strings"
	"unicode"
)

// bound is a credential that a parameter is bound to, and the constant that numbers its value in a connection.
type bound struct {
	Credential
	constant string
}

// bounds returns the credentials that parameters are bound to, each once.
func (pr *printer) bounds() []bound {
	if pr.bound != nil {
		return pr.bound
	}
	pr.bound = []bound{}
	taken := map[string]bool{}
	seen := map[Credential]bool{}
	note := func(c Credential) {
		if seen[c] {
			return
		}
		seen[c] = true
		pr.bound = append(pr.bound, bound{c, "bound" + capital(distinct(boundName(c), taken))})
	}
	for _, source := range []Source{FromClientID, FromUser, FromClaim, FromCert} {
		for _, t := range pr.Topics {
			for _, p := range t.Params {
				for _, b := range p.Bindings {
					if b.Source == source {
						note(b.Credential)
					}
				}
			}
		}
	}
	return pr.bound
}

// boundName is the name for the value of a credential: certSubjectCn for cert.subject.cn.
func boundName(c Credential) string {
	switch c.Source {
	case FromClientID:
		return "clientID"
	case FromUser:
		return "user"
	}
	words := strings.FieldsFunc(c.word(), func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

func capital(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// distinct takes a name, with a number behind it where it is taken.
func distinct(name string, taken map[string]bool) string {
	free := name
	for i := 2; taken[free]; i++ {
		free = name + strconv.Itoa(i)
	}
	taken[free] = true
	return free
}

// boundConstant is the constant that numbers the value of a credential.
func (pr *printer) boundConstant(c Credential) string {
	for _, b := range pr.bounds() {
		if b.Credential == c {
			return b.constant
		}
	}
	panic("templates: nothing is bound to " + c.word())
}

// boundBy returns the credentials of an auth method that parameters are bound to, each once.
func (pr *printer) boundBy(a *AuthMethod) []Credential {
	var list []Credential
	for _, one := range pr.bounds() {
		if pr.bindsFor(a, one.Credential) {
			list = append(list, one.Credential)
		}
	}
	return list
}

func (pr *printer) bindsFor(a *AuthMethod, c Credential) bool {
	for _, t := range pr.Topics {
		for _, p := range t.Params {
			for _, b := range p.Bindings {
				if b.Auth == a && b.Credential == c {
					return true
				}
			}
		}
	}
	return false
}
