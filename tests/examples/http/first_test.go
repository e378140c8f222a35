// go test first_test.go: with a mock at ENRICHMENT_MOCK_URL.
package first

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

var key = fmt.Sprintf("default.go-%d", time.Now().UnixNano()) // a new team, so that tests do not see each other

func post(t *testing.T, path, body string) {
	t.Helper()
	request, _ := http.NewRequest("POST", os.Getenv("ENRICHMENT_MOCK_URL")+path, strings.NewReader(body))
	request.Header.Set("x-api-key", key)
	request.Header.Set("content-type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); response.StatusCode >= 400 {
		t.Fatalf("%s: %s", path, text)
	}
}

func TestALeadIsFoundAndCostsOneCredit(t *testing.T) {
	// in your test, your client does this
	post(t, "/v1/api/enrichment/email", `{"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"}`)
	post(t, "/__admin/settle", "") // until nothing more will happen by itself
	post(t, "/__admin/verify", `{"expect": [{"outcomes": {"completed": 1}}, {"credits": {"charged": 1}}]}`)
}
