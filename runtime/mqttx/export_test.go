package mqttx

// ParkAtOnce has connections of s park whenever they are woken and have nothing to do. Call it before s serves.
func ParkAtOnce(s *Server) { s.host.Settings.ParkAfter = -1 }
