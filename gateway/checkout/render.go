package checkout

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"

	"github.com/gin-gonic/gin"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"fours": inFours, "qr": qr, "wallet": wallet,
}).ParseFS(pageFiles, "pages/*.html"))

// html writes a page whole or not at all.
func (s *server) html(c *gin.Context, status int, name string, v any) {
	var text bytes.Buffer
	if err := pages.ExecuteTemplate(&text, name, v); err != nil {
		s.Log.Error("page did not render", "page", name, "err", err)
		c.Data(http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("Internal error\n"))
		c.Abort()
		return
	}
	c.Data(status, "text/html; charset=utf-8", text.Bytes())
	c.Abort()
}

// assetsPath holds a digest of the assets, so that browsers may keep them for ever.
var assetsPath = "/c/assets/" + digest(assetFiles, "assets")

func digest(files fs.FS, dir string) string {
	const length = 12
	sum := sha256.New()
	entries, err := fs.ReadDir(files, dir)
	if err != nil {
		panic(err) // the assets are part of the program
	}
	for _, entry := range entries {
		data, err := fs.ReadFile(files, path.Join(dir, entry.Name()))
		if err != nil {
			panic(err)
		}
		sum.Write(data)
	}
	return hex.EncodeToString(sum.Sum(nil))[:length]
}

// asset serves the style and the script. That of another version is served as well: it is better than none.
func (s *server) asset(c *gin.Context) {
	name := c.Param("name")
	data, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		s.notFound(c)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, mime.TypeByExtension(path.Ext(name)), data)
}
