package main

func (c *console) watch(paths []string, fix bool) error { return nil }
