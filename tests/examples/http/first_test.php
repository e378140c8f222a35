<?php
// php first_test.php: with a mock at ENRICHMENT_MOCK_URL.
$key = 'default.php-' . uniqid(); // a new team, so that tests do not see each other

function post(string $path, string $body): void {
    global $key;
    $headers = "x-api-key: $key\r\ncontent-type: application/json";
    $options = ['method' => 'POST', 'header' => $headers, 'content' => $body, 'ignore_errors' => true];
    $answer = file_get_contents(getenv('ENRICHMENT_MOCK_URL') . $path, false, stream_context_create(['http' => $options]));
    if (!preg_match('/^HTTP\/1.1 2/', $http_response_header[0] ?? '')) {
        fwrite(STDERR, "$path: $answer\n");
        exit(1);
    }
}

// in your test, your client does this
post('/v1/api/enrichment/email', '{"linkedin_url": "https://www.linkedin.com/in/jane", "type": "work"}');
post('/__admin/settle', ''); // until nothing more will happen by itself
post('/__admin/verify', '{"expect": [{"outcomes": {"completed": 1}}, {"credits": {"charged": 1}}]}');
