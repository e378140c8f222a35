// Testcontainers in Go.
package enrichment_test

import (
	"context"
	"testing"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// startMock returns the base URL for the client under test. The mock finds a receiver of the test's, on a port that
// is named here, at http://host.testcontainers.internal:PORT.
func startMock(t *testing.T, callbackPorts ...int) string {
	t.Helper()
	ctx := context.Background()
	container, err := testcontainers.GenericContainer(ctx, testcontainers.GenericContainerRequest{
		ContainerRequest: testcontainers.ContainerRequest{
			Image:           "ghcr.io/your-org/enrichment-mock:0.1.0",
			ExposedPorts:    []string{"8080/tcp"},
			Env:             map[string]string{"ENRICHMENT_MOCK_CLOCK": "manual"},
			HostAccessPorts: callbackPorts,
			WaitingFor:      wait.ForHTTP("/__admin/ready").WithPort("8080/tcp"),
		},
		Started: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = container.Terminate(ctx) })
	url, err := container.PortEndpoint(ctx, "8080/tcp", "http")
	if err != nil {
		t.Fatal(err)
	}
	return url
}
