package checkout

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/skip2/go-qrcode"
)

// qr draws a QR code with its quiet zone. What it says stands beside it in text, and label tells it to those who do not
// see it. It returns nothing for what no code can hold.
func qr(content, label string) template.HTML {
	code, err := qrcode.New(content, qrcode.Medium)
	if err != nil {
		return ""
	}
	bitmap := code.Bitmap()
	var dark strings.Builder
	for y, row := range bitmap {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&dark, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return template.HTML(fmt.Sprintf(
		`<svg class="qr" role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
		template.HTMLEscapeString(label), len(bitmap), len(bitmap), len(bitmap), len(bitmap), dark.String(),
	))
}
