package main

import (
	"flag"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/mqttx-gen/mqttx-gen/runtime/mqttx"
)

// limitFlags declares the flags of Options.Limits.
func limitFlags(flags *flag.FlagSet, l *mqttx.Limits) {
	for name, n := range map[string]*int{
		"max-connections": &l.Connections, "max-connections-per-address": &l.AddressConnections,
		"max-subscriptions": &l.Subscriptions, "max-sessions": &l.Sessions, "max-retained": &l.Retained,
	} {
		flags.Func(name, "", func(v string) error {
			most, err := number(v, 0, 1<<30)
			*n = orNegative(most)
			return err
		})
	}
	for name, rate := range map[string]*float64{
		"connect-rate": &l.ConnectRate, "connect-rate-per-address": &l.AddressConnectRate, "publish-rate": &l.PublishRate,
	} {
		flags.Func(name, "", func(v string) (err error) {
			*rate, err = perSecond(v)
			return err
		})
	}
	flags.Func("byte-rate", "", func(v string) error {
		if v == "0" {
			l.ByteRate = -1
			return nil
		}
		n, err := size(strings.TrimSuffix(v, "/s"), math.MaxInt32)
		if err != nil {
			return fmt.Errorf("write a size for each second such as 64KiB/s, or 0 for no limit")
		}
		l.ByteRate = float64(n)
		return nil
	})
	flags.Func("memory", "", func(v string) error {
		if v == "0" {
			l.Memory = -1
			return nil
		}
		n, err := size(v, math.MaxInt)
		if err != nil {
			return fmt.Errorf("write a size such as 512MiB or 2GiB, or 0 for no limit")
		}
		l.Memory = int64(n)
		return nil
	})
	flags.Func("max-retained-bytes", "", func(v string) error {
		if v == "0" {
			l.RetainedBytes = -1
			return nil
		}
		n, err := size(v, math.MaxInt)
		if err != nil {
			return fmt.Errorf("write a size such as 64MiB, or 0 for no limit")
		}
		l.RetainedBytes = n
		return nil
	})
	flags.BoolVar(&l.CloseFast, "close-fast", false, "")
	flags.BoolVar(&l.Loopback, "limit-loopback", false, "")
}

// perSecond reads a rate such as 50/s or 12/min; a plain number is for each
// second, and 0 is no limit.
func perSecond(v string) (float64, error) {
	if v == "0" {
		return -1, nil
	}
	digits, unit, _ := strings.Cut(v, "/")
	n, err := strconv.Atoi(digits)
	seconds, ok := map[string]float64{"": 1, "s": 1, "min": 60, "h": 3600}[unit]
	if err != nil || n <= 0 || !ok {
		return 0, fmt.Errorf("write a rate such as 200/s or 12/min, or 0 for no limit")
	}
	return float64(n) / seconds, nil
}
