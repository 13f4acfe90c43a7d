using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Server.Tests;

/// <summary>
/// The cases that Triton (qa/L0_http), KServe (test_server.py) and MLServer (test_endpoints.py) test of the protocol, by their names there; what is answered
/// otherwise, and why, stands in serving/server/README.md.
/// </summary>
public sealed class ForeignCaseTests : IAsyncLifetime
{
    private const string Sums = "[2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32]", Differences = "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]";

    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.Start(
        [("simple", ServerModels.Simple()), ("float", ServerModels.Line(ElementType.Float)), ("text", ServerModels.Line(ElementType.String)), ("half", ServerModels.Identity(ElementType.Float16)), ("square", ServerModels.Identity(ElementType.Int32))]);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    // As curl sends them, which calls JSON a form.
    [Theory]
    [InlineData("", true, true)]
    [InlineData(""","outputs":[{"name":"OUTPUT0","parameters":{"binary_data":true}},{"name":"OUTPUT1","parameters":{"binary_data":false}}]""", false, true)]
    [InlineData(""","outputs":[{"name":"OUTPUT0","parameters":{"binary_data":true}},{"name":"OUTPUT1"}]""", false, true)]
    [InlineData(""","parameters":{"binary_data_output":true}""", false, false)]
    [InlineData(""","parameters":{"binary_data_output":true},"outputs":[{"name":"OUTPUT0","parameters":{"binary_data":false}},{"name":"OUTPUT1"}]""", true, true)]
    public async Task Triton_simple_by_curl(string more, bool hasSums, bool hasDifferences)
    {
        (HttpStatusCode status, string body) = await PostForm($$"""{"inputs":[{{Input("INPUT0", 16)}},{{Input("INPUT1", 16)}}]{{more}}}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(hasSums, body.Contains(Sums, StringComparison.Ordinal));
        Assert.Equal(hasDifferences, body.Contains(Differences, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public async Task Triton_simple_by_curl_with_too_few_or_too_many_values(int values)
    {
        (HttpStatusCode status, string body) = await PostForm($$"""{"inputs":[{{Input("INPUT0", values)}}]}""");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("{\"error\":", body, StringComparison.Ordinal);
        await Triton_simple_by_curl("", true, true);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    public async Task Triton_test_raw_binary_and_longer(int values)
    {
        byte[] data = [.. Enumerable.Range(0, values).SelectMany(value => BitConverter.GetBytes((float)value))];
        foreach (bool isChunked in (bool[])[false, true])
        {
            (int status, byte[] answer) = await PostRaw("float", data, isChunked);
            Assert.Equal(200, status);
            Assert.Equal(data, answer);
        }
    }

    [Fact]
    public async Task Triton_test_byte()
    {
        (int status, byte[] answer) = await PostRaw("text", "427"u8.ToArray(), isChunked: false);
        Assert.Equal(200, status);
        Assert.Equal("427"u8.ToArray(), answer[4..]);
    }

    [Theory]
    [InlineData("square", 16)] // test_multi_variable_dimensions
    [InlineData("simple", 96)] // test_multi_inputs
    [InlineData("float", 7)]
    public async Task Triton_raw_bytes_that_do_not_tell_the_shape(string model, int bytes) => Assert.Equal(400, (await PostRaw(model, new byte[bytes], isChunked: false)).Status);

    [Theory]
    [InlineData("[16,1152921504606846978]")] // test_buffer_size_overflow
    [InlineData("[4,1152921504606846978]")]
    [InlineData("[2,-5]")] // test_negative_dimensions, to which Triton answers 500
    public async Task Triton_shapes_that_cannot_be(string shape)
    {
        (int status, JsonElement answer) = await _server.Post("/v2/models/square/infer", $$"""{"inputs":[{"name":"x","datatype":"INT32","shape":{{shape}},"data":[1]}]}""");
        Assert.Equal(400, status);
        Assert.True(answer.TryGetProperty("error", out _));
    }

    [Theory]
    [InlineData(50, 200)]
    [InlineData(120, 400)]
    public async Task Triton_test_json_recursion_depth_limit(int depth, int expected)
    {
        (int status, _) = await _server.Post("/v2/models/square/infer", $$"""{"inputs":[{"name":"x","datatype":"INT32","shape":[1,1],"data":{{new string('[', depth)}}1{{new string(']', depth)}}}]}""");
        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task Triton_test_duplicate_output_names()
    {
        (int status, JsonElement answer) = await _server.Post("/v2/models/square/infer", """{"inputs":[{"name":"x","datatype":"INT32","shape":[1,8],"data":[[0,1,2,3,4,5,6,7]]}],"outputs":[{"name":"y"},{"name":"y"}]}""");
        Assert.Equal(400, status);
        Assert.Contains("'y'", answer.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await _server.Get("/v2/health/live")).Status);
    }

    [Fact]
    public async Task Triton_test_inference_header_content_length_out_of_range()
    {
        using var content = new StringContent("""{"inputs":[]}""");
        content.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", "99999999999");
        using HttpResponseMessage response = await _server.Client.PostAsync("/v2/models/square/infer", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(200, (await _server.Get("/v2/health/live")).Status);
    }

    [Theory]
    [InlineData("/notapi/v2")]
    [InlineData("/v2/notapi")]
    [InlineData("/v2/models/notapi/foo")]
    public async Task Triton_invalid_endpoints(string path) => Assert.Equal(404, (await _server.Get(path)).Status);

    [Fact]
    public async Task KServe_test_infer_v2()
    {
        (int status, JsonElement answer) = await _server.Post("/v2/models/square/infer", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"INT32","data":[[1,2]]}]}""");
        Assert.Equal(200, status);
        Assert.Equal("[1,2]", answer.GetProperty("outputs")[0].GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task KServe_test_infer_parameters_v2()
    {
        (int status, JsonElement answer) = await _server.Post("/v2/models/square/infer", """{"id":"123","parameters":{"a":"b","c":true,"d":100,"e":1.3},"inputs":[{"name":"x","shape":[1,2],"datatype":"INT32","data":[1,2],"parameters":{"a":"b","c":true,"d":100,"e":1.3}}]}""");
        Assert.Equal(200, status);
        Assert.Equal("123", answer.GetProperty("id").GetString());
    }

    [Fact]
    public async Task KServe_test_fp16_binary_and_not()
    {
        const string Tensor = """{"name":"x","shape":[2,4],"datatype":"FP16","parameters":{"binary_data_size":16}}""";
        byte[] halves = [.. Enumerable.Range(0, 8).SelectMany(value => BitConverter.GetBytes((Half)value))];
        (int status, JsonElement answer, byte[] bytes) = await _server.PostBinary("/v2/models/half/infer", $$$"""{"id":"123","inputs":[{{{Tensor}}}],"outputs":[{"name":"y","parameters":{"binary_data":true}}]}""", halves);
        Assert.Equal(200, status);
        Assert.Equal("123", answer.GetProperty("id").GetString());
        Assert.Equal(16, answer.GetProperty("outputs")[0].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.Equal(halves, bytes);
        (status, _, _) = await _server.PostBinary("/v2/models/half/infer", $$"""{"inputs":[{{Tensor}}],"outputs":[{"name":"y"}]}""", halves);
        Assert.Equal(400, status);
        (status, _) = await _server.Post("/v2/models/half/infer", """{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP16","data":[1,2]}]}""");
        Assert.Equal(400, status);
    }

    [Fact]
    public async Task KServe_test_binary_data_parameter_precedence()
    {
        (int status, JsonElement answer, byte[] bytes) = await _server.PostBinary(
            "/v2/models/simple/infer", $$$"""{"parameters":{"binary_data_output":true},"inputs":[{{{Input("INPUT0", 16)}}},{{{Input("INPUT1", 16)}}}],"outputs":[{"name":"OUTPUT0","parameters":{"binary_data":true}},{"name":"OUTPUT1","parameters":{"binary_data":false}}]}""");
        Assert.Equal((200, 64), (status, bytes.Length));
        Assert.Equal(Differences, answer.GetProperty("outputs")[1].GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("/v2/models/simple/infer", 200)]
    [InlineData("/v2/models/simple/versions/1/infer", 200)]
    [InlineData("/v2/models/my-model/versions/v0/infer", 404)]
    public async Task MLServer_test_infer_with_explicit_nulls_and_infer_error(string path, int expected)
    {
        (int status, JsonElement answer) = await _server.Post(path, $$"""{"id":null,"parameters":null,"inputs":[{{Input("INPUT0", 16)}},{{Input("INPUT1", 16)}}],"outputs":null}""");
        Assert.Equal(expected, status);
        Assert.Equal(expected != 200, answer.TryGetProperty("error", out _));
    }

    [Fact]
    public async Task MLServer_test_infer_invalid_datatype_error()
    {
        (int status, JsonElement answer) = await _server.Post("/v2/models/square/infer", """{"inputs":[{"name":"x","shape":[1,3],"datatype":"INT322","data":[1,2,3]}]}""");
        Assert.Equal(400, status);
        Assert.Contains("'INT322'", answer.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    private static string Input(string name, int values) => $$"""{"name":"{{name}}","shape":[1,16],"datatype":"INT32","data":[{{string.Join(",", Enumerable.Range(1, values))}}]}""";

    private async Task<(HttpStatusCode Status, string Body)> PostForm(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/x-www-form-urlencoded");
        using HttpResponseMessage response = await _server.Client.PostAsync("/v2/models/simple/infer", content);
        return (response.StatusCode, Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync()));
    }

    private async Task<(int Status, byte[] Answer)> PostRaw(string model, byte[] bytes, bool isChunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v2/models/{model}/infer") { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content.Headers.Add("Inference-Header-Content-Length", "0");
        request.Headers.TransferEncodingChunked = isChunked;
        using HttpResponseMessage response = await _server.Client.SendAsync(request);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        int length = response.Headers.TryGetValues("Inference-Header-Content-Length", out IEnumerable<string>? values) ? int.Parse(values.Single()) : 0;
        return ((int)response.StatusCode, body[length..]);
    }
}
