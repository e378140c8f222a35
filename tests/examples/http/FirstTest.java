// java FirstTest.java: with Java 17 or later and a mock at ENRICHMENT_MOCK_URL.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;

class FirstTest {
  static final String MOCK = System.getenv("ENRICHMENT_MOCK_URL");
  static final String KEY = "default.java-" + System.nanoTime(); // a new team, so that tests do not see each other

  static void post(String path, String body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(MOCK + path)).POST(BodyPublishers.ofString(body))
        .header("x-api-key", KEY).header("content-type", "application/json").build();
    var response = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
    if (response.statusCode() >= 400) throw new AssertionError(path + ": " + response.body());
  }

  public static void main(String[] arguments) throws Exception {
    // in your test, your client does this
    post("/v1/api/enrichment/email", "{\"linkedin_url\": \"https://www.linkedin.com/in/jane\", \"type\": \"work\"}");
    post("/__admin/settle", ""); // until nothing more will happen by itself
    post("/__admin/verify", "{\"expect\": [{\"outcomes\": {\"completed\": 1}}, {\"credits\": {\"charged\": 1}}]}");
  }
}
