package iso20022

import "fmt"

// Party is a person or an organisation.
type Party struct {
	Name           string // at most 140 characters
	Address        Address
	BIC            string // of an organisation that has one (AnyBIC)
	LEI            string // ISO 17442, 20 characters
	OrganisationID string // any other identification of an organisation
	PersonID       string // any identification of a person
	Residence      string // country of residence, ISO 3166
}

func (p *Party) visit(f *form) {
	f.may("Nm", text(nameMax, &p.Name))
	f.may("PstlAdr", p.Address.visit)
	f.may("Id", func(f *form) {
		f.may("OrgId", func(f *form) {
			f.may("AnyBIC", checked(&p.BIC, CheckBIC))
			f.may("LEI", checked(&p.LEI, CheckLEI))
			f.first("Othr", func(f *form) { f.should("Id", text(referenceMax, &p.OrganisationID)) })
		})
		f.may("PrvtId", func(f *form) {
			f.first("Othr", func(f *form) { f.should("Id", text(referenceMax, &p.PersonID)) })
		})
		if len(f.named("OrgId"))+len(f.named("PrvtId")) > 1 {
			f.fault(fmt.Errorf("identification %w", ErrRepeated))
		}
	})
	f.may("CtryOfRes", checked(&p.Residence, CheckCountry))
}

// Address is a postal address. Hybrid means town and country in their own elements and the rest in at most two lines,
// which is what [CheckAddress] asks for.
type Address struct {
	Street      string // at most 70 characters
	Building    string // number, at most 16
	PostCode    string // at most 16
	Town        string // at most 35
	Subdivision string // state or province, at most 35
	Country     string // ISO 3166, two letters
	Lines       []string
}

func (a *Address) visit(f *form) {
	f.may("StrtNm", text(lineMax, &a.Street))
	f.may("BldgNb", text(buildingMax, &a.Building))
	f.may("PstCd", text(postCodeMax, &a.PostCode))
	f.may("TwnNm", text(townMax, &a.Town))
	f.may("CtrySubDvsn", text(townMax, &a.Subdivision))
	f.may("Ctry", checked(&a.Country, CheckCountry))
	texts(f, "AdrLine", lineMax, &a.Lines)
	if !f.reading && len(a.Lines) > linesMax {
		f.fault(fmt.Errorf("%w: more than %d lines", ErrBadText, linesMax))
	}
}

// Agent is a financial institution.
type Agent struct {
	BIC      string // ISO 9362
	Clearing string // the clearing system of Member, an external code: "USABA", "GBDSC"
	Member   string // its number there: a routing number or sort code
	LEI      string
	Name     string
	Address  Address
	Branch   string
}

func (a *Agent) visit(f *form) {
	f.should("FinInstnId", func(f *form) {
		f.may("BICFI", checked(&a.BIC, CheckBIC))
		f.may("ClrSysMmbId", func(f *form) {
			f.may("ClrSysId", func(f *form) { f.may("Cd", text(5, &a.Clearing)) })
			f.should("MmbId", text(referenceMax, &a.Member))
		})
		f.may("LEI", checked(&a.LEI, CheckLEI))
		f.may("Nm", text(nameMax, &a.Name))
		f.may("PstlAdr", a.Address.visit)
	})
	f.may("BrnchId", func(f *form) { f.may("Id", text(referenceMax, &a.Branch)) })
}

// Account is an account at a bank.
type Account struct {
	IBAN     string // ISO 13616, without blanks
	Other    string // its number where there is no IBAN, at most 34 characters; never both
	Currency string // ISO 4217, when the number stands for several accounts
	Name     string
}

func (a *Account) visit(f *form) {
	f.must("Id", func(f *form) {
		f.may("IBAN", checked(&a.IBAN, CheckIBAN))
		f.may("Othr", func(f *form) { f.should("Id", text(34, &a.Other)) })
		if a.IBAN != "" && a.Other != "" {
			f.fault(fmt.Errorf("account number %w", ErrRepeated))
		}
	})
	f.may("Ccy", currency(&a.Currency))
	f.may("Nm", text(70, &a.Name))
}
