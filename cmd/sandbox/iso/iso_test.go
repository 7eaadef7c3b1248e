package iso

import (
	"errors"
	"strings"
	"testing"
)

func FuzzRead(f *testing.F) {
	const open = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:`
	f.Add([]byte(open + `pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr><MsgId>M</MsgId></GrpHdr></CstmrCdtTrfInitn></Document>`))
	f.Add([]byte(`<BusinessMessage><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"/>` + open + `pacs.008.001.08"/></BusinessMessage>`))
	f.Add([]byte(open + `camt.056.001.08"/><!-- and no more -->`))
	f.Add([]byte(open + `camt.055.001.08"><a><b></a></b></Document>`))
	f.Add([]byte(`<!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>`))
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := Read(body)
		if err != nil {
			if !errors.Is(err, ErrSyntax) {
				t.Errorf("%v", err)
			}
			return
		}
		if readable[m.Name] == nil || m.Document == nil || !strings.Contains(string(body), m.Name) {
			t.Errorf("%+v out of %q", m, body)
		}
	})
}
