package cli

import "fmt"

// Size returns a number of bytes as people read it; "-" for an unknown one.
func Size(bytes *int64) string {
	if bytes == nil {
		return "-"
	}
	value, units := float64(*bytes), []string{"B", "KiB", "MiB", "GiB"}
	for value >= 1024 && len(units) > 1 {
		value, units = value/1024, units[1:]
	}
	if units[0] == "B" {
		return fmt.Sprintf("%.0f B", value)
	}
	return fmt.Sprintf("%.1f %s", value, units[0])
}
