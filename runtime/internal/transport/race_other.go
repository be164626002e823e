//go:build !race || !unix

package transport

func released() {}

func acquired() {}
