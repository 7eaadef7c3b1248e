package rates

import (
	"encoding/json"
	"net/http"
)

// ServeHTTP answers GET /v1/rates with Quotes, or 503 while the feed is down.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	quotes, up := f.Quotes()
	switch {
	case r.URL.Path != "/v1/rates":
		refuse(w, http.StatusNotFound, "not_found")
	case r.Method != http.MethodGet:
		refuse(w, http.StatusMethodNotAllowed, "method_not_allowed")
	case !up:
		refuse(w, http.StatusServiceUnavailable, "unavailable")
	default:
		json.NewEncoder(w).Encode(quotes) // a caller that has gone is no fault of ours
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(struct {
		Code string `json:"code"`
	}{code})
}
