package checkout

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/causeway-pay/causeway/payment"
)

// progress is what a page asks for while it follows a payment: enough to know whether to change, and no more.
type progress struct {
	Status        payment.Status         `json:"status"`
	Version       int64                  `json:"version"`
	Scene         string                 `json:"scene"`
	Title         string                 `json:"title"`
	Detail        string                 `json:"detail"`
	Confirmations *payment.Confirmations `json:"confirmations,omitempty"`
	ExpiresAt     string                 `json:"expires_at,omitempty"`
	Poll          int                    `json:"poll"`
}

// follow tells where the payment stands. Its tag changes with anything that the page shows.
func (s *server) follow(c *gin.Context) {
	p, err := s.find(c)
	switch {
	case errors.Is(err, errNoPage):
		c.JSON(http.StatusNotFound, gin.H{"status": "not_found"})
		return
	case err != nil:
		s.Log.Error("status of a page", "err", err)
		c.JSON(http.StatusServiceUnavailable, gin.H{"status": "unavailable"})
		return
	}
	told := storyOf(p, s.Now(), s.language(c))
	at := told.sceneOf()
	body, err := json.Marshal(progress{
		Status: p.Status(), Version: p.Version, Scene: at.Name, Title: at.Title, Detail: at.Detail, Confirmations: told.view.Confirmations,
		ExpiresAt: payment.Stamp(p.ExpiresAt), Poll: at.Poll,
	})
	if err != nil {
		panic("checkout: progress did not encode: " + err.Error())
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	c.Header("ETag", tag)
	if c.GetHeader("If-None-Match") == tag {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, "application/json", body)
}
