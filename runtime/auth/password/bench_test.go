package password

import "testing"

// BenchmarkVerify is a login of each form, one at a time, and one that is
// remembered.
func BenchmarkVerify(b *testing.B) {
	for _, bb := range []struct {
		name, hash string
		cache      int
	}{
		{"argon2id-19MiB-t2", hashed(b, "secret", Settings{}), -1},
		{"argon2id-64MiB-t3", hashed(b, "secret", Settings{Memory: 64 << 10, Time: 3}), -1},
		{"bcrypt-10", hashed(b, "secret", Settings{Algorithm: Bcrypt, Cost: 10}), -1},
		{"bcrypt-12", hashed(b, "secret", Settings{Algorithm: Bcrypt, Cost: 12}), -1},
		{"mosquitto-7-101", pbkdf2Of, -1},
		{"mosquitto-6", sha512Of, -1},
		{"remembered", hashed(b, "secret", Settings{}), 0},
	} {
		b.Run(bb.name, func(b *testing.B) {
			v := verifier(b, Config{File: write(b, "a:"+bb.hash)})
			if bb.cache < 0 {
				v.now.cache.ttl = -1
			} else {
				v.now.cache.ttl = 1 << 60
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := v.Verify(b.Context(), "a", []byte("secret")); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "logins/s")
		})
	}
}
