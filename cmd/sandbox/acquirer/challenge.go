package acquirer

import (
	"errors"
	"html/template"
	"net/http"
)

// challengePage stands in for the page on which a payer confirms a payment with the issuer.
var challengePage = template.Must(template.New("challenge").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Confirm your payment</title>
<main>
<h1>Confirm your payment</h1>
<p>{{.Amount}} {{.Currency}}</p>
{{if eq .Status "challenge"}}
<form method="post">
<button name="decision" value="approve">Approve</button>
<button name="decision" value="refuse">Refuse</button>
</form>
{{else}}
<p>This payment is {{.Status}}.</p>
{{end}}
</main>
</html>
`))

func (a *Acquirer) showChallenge(w http.ResponseWriter, r *http.Request) {
	charge, err := a.book.challenged(r.PathValue("id"))
	if err != nil {
		write(w, nil, err)
		return
	}
	a.render(w, http.StatusOK, charge)
}

// takeChallenge carries out the payer's decision and sends the payer back where they came from.
func (a *Acquirer) takeChallenge(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMax)
	decision := r.PostFormValue("decision")
	if decision != "approve" && decision != "refuse" {
		write(w, nil, invalid([]string{"decision must be approve or refuse"}))
		return
	}
	charge, back, err := a.book.answerChallenge(r.PathValue("id"), decision == "approve")
	switch {
	case errors.Is(err, ErrChallengeClosed):
		a.render(w, http.StatusConflict, charge)
	case err != nil:
		write(w, nil, err)
	case back != "":
		http.Redirect(w, r, back, http.StatusSeeOther)
	default:
		a.render(w, http.StatusOK, charge)
	}
}

func (a *Acquirer) render(w http.ResponseWriter, status int, charge Charge) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := challengePage.Execute(w, charge); err != nil {
		a.Log.Debug("challenge page cut", "error", err)
	}
}
