using System.Net;
using System.Text.Json;
using ElementType = MnistAdder.Onnx.TensorProto.Types.DataType;

namespace MnistAdder.Server.Tests;

/// <summary>The Open Inference Protocol as clients of Triton, KServe and MLServer speak it.</summary>
public sealed class ProtocolTests : IAsyncLifetime
{
    private const string Simple = "/v2/models/simple/infer";

    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.Start(
    [
        ("simple", ServerModels.Simple()), ("text", ServerModels.Identity(ElementType.String)), ("mean", ServerModels.LessTheMean()), ("table", ServerModels.TableOfThree()),
        ("fp32", ServerModels.Identity(ElementType.Float)),
    ]);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/v2/health/live", """{"live":true}""")]
    [InlineData("/v2/health/ready", """{"ready":true}""")]
    [InlineData("/v2/models/simple/ready", """{"name":"simple","ready":true}""")]
    [InlineData("/v2/models/simple/versions/1/ready", """{"name":"simple","ready":true}""")]
    [InlineData("/v2/models/simple", """{"name":"simple","versions":["1"],"platform":"onnxruntime_onnx","inputs":[{"name":"INPUT0","datatype":"INT32","shape":[-1,16]},{"name":"INPUT1","datatype":"INT32","shape":[-1,16]}],"outputs":[{"name":"OUTPUT0","datatype":"INT32","shape":[-1,16]},{"name":"OUTPUT1","datatype":"INT32","shape":[-1,16]}]}""")]
    public async Task Health_and_metadata_are_told(string path, string expected)
    {
        (int status, JsonElement json) = await _server.Get(path);
        Assert.Equal(200, status);
        Assert.Equal(expected, json.GetRawText());
    }

    [Fact]
    public async Task The_server_says_its_name_version_and_extensions()
    {
        (_, JsonElement json) = await _server.Get("/v2");
        Assert.Equal("mnist-adder", json.GetProperty("name").GetString());
        Assert.Matches(@"^\d+\.\d+\.\d+", json.GetProperty("version").GetString());
        Assert.Equal("binary_tensor_data", json.GetProperty("extensions")[0].GetString());
    }

    [Theory]
    [InlineData("GET", "/v2/models/nobody", 404)]
    [InlineData("GET", "/v2/models/simple/versions/2", 404)]
    [InlineData("GET", "/v2/models/nobody/ready", 404)]
    [InlineData("POST", "/v2/models/nobody/infer", 404)]
    [InlineData("POST", "/v2/models/simple/versions/7/infer", 404)]
    [InlineData("GET", "/v2/anything", 404)]
    [InlineData("GET", "/v2/models/simple/infer", 405)]
    [InlineData("DELETE", "/v2/models/simple", 405)]
    public async Task What_is_not_there_is_an_error_in_words(string method, string path, int expected)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using HttpResponseMessage response = await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal(expected == 405, response.Content.Headers.Allow.Count > 0);
        AssertError(JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement);
    }

    [Theory]
    [InlineData("[1,16]", false)]
    [InlineData("[1,16]", true)]
    [InlineData("[2,16]", false)]
    [InlineData("[2,16]", true)]
    public async Task Tensors_are_flat_or_nested(string shape, bool isNested)
    {
        int rows = shape[1] - '0';
        string Data(int factor) => isNested
            ? $"[{string.Join(",", Enumerable.Range(0, rows).Select(row => $"[{string.Join(", ", Enumerable.Range(row * 16, 16).Select(i => i * factor))}]"))}]"
            : $"[{string.Join(",", Enumerable.Range(0, rows * 16).Select(i => i * factor))}]";
        (int status, JsonElement json) = await _server.Post(Simple, $$"""{"id":"q-7","inputs":[{"name":"INPUT0","datatype":"INT32","shape":{{shape}},"data":{{Data(3)}}},{"name":"INPUT1","datatype":"INT32","shape":{{shape}},"data":{{Data(1)}}}]}""");
        Assert.Equal(200, status);
        Assert.Equal("q-7", json.GetProperty("id").GetString());
        Assert.Equal("simple", json.GetProperty("model_name").GetString());
        Assert.Equal("1", json.GetProperty("model_version").GetString());
        Assert.Equal(["OUTPUT0", "OUTPUT1"], json.GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("name").GetString()));
        Assert.Equal(shape, json.GetProperty("outputs")[0].GetProperty("shape").GetRawText());
        Assert.Equal(Enumerable.Range(0, rows * 16).Select(i => 4 * i), Integers(json, 0));
        Assert.Equal(Enumerable.Range(0, rows * 16).Select(i => 2 * i), Integers(json, 1));
    }

    [Fact] // SeldonIO/MLServer #514
    public async Task Only_requested_outputs_come_in_the_order_of_the_request()
    {
        (_, JsonElement json) = await _server.Post(Simple, SimpleRequest(1, ""","outputs":[{"name":"OUTPUT1"}]"""));
        Assert.Equal("OUTPUT1", Assert.Single(json.GetProperty("outputs").EnumerateArray()).GetProperty("name").GetString());
        (_, json) = await _server.Post(Simple, SimpleRequest(1, ""","outputs":[{"name":"OUTPUT1"},{"name":"OUTPUT0"}]"""));
        Assert.Equal(["OUTPUT1", "OUTPUT0"], json.GetProperty("outputs").EnumerateArray().Select(output => output.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task An_unknown_member_is_skipped_and_data_may_come_first()
    {
        (int status, JsonElement json) = await _server.Post("/v2/models/fp32/infer", """{"more":{"a":[1]},"parameters":{"priority":3},"inputs":[{"data":[1.5,-2],"shape":[2,1],"parameters":{"content_type":"np"},"datatype":"FP32","name":"x"}]}""");
        Assert.Equal(200, status);
        Assert.Equal("[1.5,-2]", json.GetProperty("outputs")[0].GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Bytes_go_both_ways_behind_the_json()
    {
        int[] first = [.. Enumerable.Range(0, 16)], second = [.. Enumerable.Repeat(1, 16)];
        const string Json = """{"id":"b","inputs":[{"name":"INPUT0","datatype":"INT32","shape":[1,16],"parameters":{"binary_data_size":64}},{"name":"INPUT1","datatype":"INT32","shape":[1,16],"parameters":{"binary_data_size":64}}],"outputs":[{"name":"OUTPUT0","parameters":{"binary_data":true}},{"name":"OUTPUT1"}]}""";
        (int status, JsonElement json, byte[] bytes) = await _server.PostBinary(Simple, Json, Bytes(first), Bytes(second));
        Assert.Equal(200, status);
        Assert.Equal(64, json.GetProperty("outputs")[0].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        Assert.Equal(Bytes([.. first.Select(value => value + 1)]), bytes);
        Assert.Equal(first.Select(value => value - 1), Integers(json, 1));
    }

    [Fact]
    public async Task Some_inputs_may_be_bytes_and_others_not()
    {
        const string Json = """{"parameters":{"binary_data_output":true},"inputs":[{"name":"INPUT0","datatype":"INT32","shape":[1,16],"parameters":{"binary_data_size":64}},{"name":"INPUT1","datatype":"INT32","shape":[1,16],"data":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}],"outputs":[{"name":"OUTPUT1"},{"name":"OUTPUT0","parameters":{"binary_data":true}}]}""";
        int[] first = [.. Enumerable.Range(0, 16)];
        (_, JsonElement json, byte[] bytes) = await _server.PostBinary(Simple, Json, Bytes(first));
        Assert.Equal(first.Select(value => value - 1), Integers(json, 0));
        Assert.Equal(Bytes([.. first.Select(value => value + 1)]), bytes);
    }

    [Fact]
    public async Task A_body_of_one_tensor_needs_no_json()
    {
        using var content = new ByteArrayContent(Bytes(1f, 2.5f, -3f, 0f));
        content.Headers.Add("Inference-Header-Content-Length", "0");
        // Two open dimensions: one of them can't be told.
        using HttpResponseMessage refused = await _server.Client.PostAsync("/v2/models/fp32/infer", content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        using var rows = new ByteArrayContent(Bytes(1f, 2.5f, -3f, 0f));
        rows.Headers.Add("Inference-Header-Content-Length", "0");
        using HttpResponseMessage response = await _server.Client.PostAsync("/v2/models/mean/infer", rows, TestContext.Current.CancellationToken);
        byte[] body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        int length = int.Parse(response.Headers.GetValues("Inference-Header-Content-Length").Single());
        Assert.Equal(Bytes(2f, 1.25f, -2f, -1.25f), body[length..]);
    }

    [Theory]
    [InlineData("Bool", "BOOL", "[true,false,true]")]
    [InlineData("Uint8", "UINT8", "[0,7,255]")]
    [InlineData("Uint16", "UINT16", "[0,7,65535]")]
    [InlineData("Uint32", "UINT32", "[0,7,4294967295]")]
    [InlineData("Uint64", "UINT64", "[0,7,18446744073709551615]")]
    [InlineData("Int8", "INT8", "[-128,7,127]")]
    [InlineData("Int16", "INT16", "[-32768,7,32767]")]
    [InlineData("Int32", "INT32", "[-2147483648,7,2147483647]")]
    [InlineData("Int64", "INT64", "[-9223372036854775808,7,9223372036854775807]")]
    [InlineData("Float", "FP32", "[-0.1,7,3.4028235E+38]")]
    [InlineData("Double", "FP64", "[-0.1,7,1.7976931348623157E+308]")]
    [InlineData("String", "BYTES", """["","text","ä € 😀"]""")]
    public async Task Every_datatype_comes_back_as_it_went(string type, string datatype, string data)
    {
        await using RunningServer server = await RunningServer.Start([("same", ServerModels.Identity(Enum.Parse<ElementType>(type)))]);
        (int status, JsonElement json) = await server.Post("/v2/models/same/infer", $$"""{"inputs":[{"name":"x","datatype":"{{datatype}}","shape":[3,1],"data":{{data}}}]}""");
        Assert.Equal(200, status);
        Assert.Equal(datatype, json.GetProperty("outputs")[0].GetProperty("datatype").GetString());
        Assert.Equal(JsonDocument.Parse(data).RootElement.EnumerateArray().Select(Text), json.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(Text));

        // And as bytes.
        (_, JsonElement head, byte[] bytes) = await server.PostBinary("/v2/models/same/infer", $$$"""{"inputs":[{"name":"x","datatype":"{{{datatype}}}","shape":[1,3],"data":{{{data}}} }],"parameters":{"binary_data_output":true}}""");
        Assert.Equal(bytes.Length, head.GetProperty("outputs")[0].GetProperty("parameters").GetProperty("binary_data_size").GetInt32());
        (_, JsonElement again, byte[] same) = await server.PostBinary(
            "/v2/models/same/infer", $$$"""{"inputs":[{"name":"x","datatype":"{{{datatype}}}","shape":[1,3],"parameters":{"binary_data_size":{{{bytes.Length}}} }}],"parameters":{"binary_data_output":true}}""", bytes);
        Assert.Equal(head.GetRawText(), again.GetRawText());
        Assert.Equal(bytes, same);

        static string Text(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number when value.TryGetDecimal(out decimal exact) => $"{exact}",
            JsonValueKind.Number => $"{value.GetDouble():R}",
            _ => value.GetRawText(),
        };
    }

    [Theory] // as Triton and KServe have it
    [InlineData("Float16", "FP16")]
    [InlineData("Bfloat16", "BF16")]
    public async Task Halves_go_as_bytes_alone(string type, string datatype)
    {
        await using RunningServer server = await RunningServer.Start([("same", ServerModels.Identity(Enum.Parse<ElementType>(type)))]);
        byte[] halves = [1, 2, 3, 4];
        string head = $$$"""{"inputs":[{"name":"x","datatype":"{{{datatype}}}","shape":[1,2],"parameters":{"binary_data_size":4}}]""";
        (int status, _, byte[] bytes) = await server.PostBinary("/v2/models/same/infer", head + ""","parameters":{"binary_data_output":true}}""", halves);
        Assert.Equal(200, status);
        Assert.Equal(halves, bytes);
        (status, JsonElement answer, _) = await server.PostBinary("/v2/models/same/infer", head + "}", halves);
        Assert.Equal(400, status);
        Assert.Contains("'binary_data'", AssertError(answer), StringComparison.Ordinal);
        (status, answer) = await server.Post("/v2/models/same/infer", $$"""{"inputs":[{"name":"x","datatype":"{{datatype}}","shape":[1,2],"data":[1,2]}]}""");
        Assert.Equal(400, status);
        Assert.Contains("'binary_data_size'", AssertError(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1,1]", 50, 200)]
    [InlineData("[1,1]", 120, 400)]
    [InlineData("[1,1]", 2, 200)]
    public async Task Brackets_around_one_thing_may_be_more_than_the_shape_has(string shape, int depth, int expected)
    {
        (int status, _) = await _server.Post("/v2/models/fp32/infer", $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":{{shape}},"data":{{new string('[', depth)}}7{{new string(']', depth)}}}]}""");
        Assert.Equal(expected, status);
    }

    [Theory]
    [InlineData("[2,3]", "[[1,2,3],[4,5,6]]", 200)]
    [InlineData("[2,3]", "[[[1,2,3],[4,5,6]]]", 200)]
    [InlineData("[2,3]", "[[1,2],[3,4],[5,6]]", 400)]
    [InlineData("[2,3]", "[[1,2,3,4,5,6]]", 400)]
    [InlineData("[2,3]", "[[1,2],[3,4,5,6]]", 400)]
    [InlineData("[1,6]", "[[1],[2],[3],[4],[5],[6]]", 200)]
    [InlineData("[2,0]", "[[],[]]", 200)]
    public async Task Nesting_follows_the_shape(string shape, string data, int expected)
    {
        (int status, _) = await _server.Post("/v2/models/fp32/infer", $$"""{"inputs":[{"name":"x","datatype":"FP32","shape":{{shape}},"data":{{data}} }]}""");
        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task An_explicit_null_is_as_good_as_nothing()
    {
        (int status, JsonElement json) = await _server.Post("/v2/models/fp32/infer", """{"id":null,"parameters":null,"outputs":null,"inputs":[{"name":"x","datatype":"FP32","shape":[1,1],"data":[7],"parameters":null}]}""");
        Assert.Equal(200, status);
        Assert.False(json.TryGetProperty("id", out _));
    }

    [Fact]
    public async Task Strings_of_any_bytes_come_back_as_bytes()
    {
        byte[] any = [3, 0, 0, 0, 0xff, 0, 0xc3, 0, 0, 0, 0];
        (int status, _, byte[] bytes) = await _server.PostBinary("/v2/models/text/infer", """{"inputs":[{"name":"x","datatype":"BYTES","shape":[2,1],"parameters":{"binary_data_size":11}}],"parameters":{"binary_data_output":true}}""", any);
        Assert.Equal(200, status);
        Assert.Equal(any, bytes);
    }

    [Fact]
    public async Task Truth_values_of_other_bytes_than_0_and_1_are_refused()
    {
        await using RunningServer server = await RunningServer.Start([("same", ServerModels.Identity(ElementType.Bool))]);
        (int status, JsonElement answer, _) = await server.PostBinary("/v2/models/same/infer", """{"inputs":[{"name":"x","datatype":"BOOL","shape":[1,2],"parameters":{"binary_data_size":2}}]}""", [1, 2]);
        Assert.Equal(400, status);
        Assert.Contains("0 and 1", AssertError(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_of_any_length_comes_back_cut()
    {
        (int status, JsonElement answer) = await _server.Post("/v2/models/fp32/infer", $$"""{"inputs":[{"name":"{{new string('n', 100_000)}}","datatype":"FP32","shape":[1,1],"data":[1]}]}""");
        Assert.Equal(400, status);
        Assert.InRange(AssertError(answer).Length, 100, 1_100);
    }

    [Fact]
    public async Task NaN_and_infinity_are_null_in_json_and_themselves_in_bytes()
    {
        float[] odd = [float.NaN, float.PositiveInfinity, 1, float.NegativeInfinity];
        (_, JsonElement json, _) = await _server.PostBinary("/v2/models/fp32/infer", """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}}]}""", Bytes(odd));
        Assert.Equal("[null,null,1,null]", json.GetProperty("outputs")[0].GetProperty("data").GetRawText());
        (_, _, byte[] bytes) = await _server.PostBinary("/v2/models/fp32/infer", """{"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"parameters":{"binary_data_size":16}}],"parameters":{"binary_data_output":true}}""", Bytes(odd));
        Assert.Equal(Bytes(odd), bytes);
    }

    [Fact]
    public async Task A_tensor_may_be_empty()
    {
        (int status, JsonElement json) = await _server.Post("/v2/models/fp32/infer", """{"inputs":[{"name":"x","datatype":"FP32","shape":[0,3],"data":[]}]}""");
        Assert.Equal(200, status);
        Assert.Equal("[0,3]", json.GetProperty("outputs")[0].GetProperty("shape").GetRawText());
        Assert.Equal("[]", json.GetProperty("outputs")[0].GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("", "isn't JSON")]
    [InlineData("{", "isn't JSON")]
    [InlineData("[]", "isn't an object")]
    [InlineData("null", "isn't an object")]
    [InlineData("{}", "no 'inputs'")]
    [InlineData("""{"inputs":{}}""", "'inputs' isn't an array")]
    [InlineData("""{"inputs":[]}""", "'x' is missing")]
    [InlineData("""{"inputs":[7]}""", "An input isn't an object")]
    [InlineData("""{"inputs":[{}]}""", "no 'name'")]
    [InlineData("""{"inputs":[{"name":7}]}""", "'name' isn't a string")]
    [InlineData("""{"inputs":[{"name":"x"}]}""", "no 'shape'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2]}]}""", "no 'datatype'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32"}]}""", "neither 'data' nor 'binary_data_size'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP33","data":[1,2]}]}""", "unknown datatype 'FP33'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"INT32","data":[1,2]}]}""", "of INT32; the model takes FP32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1]}]}""", "has 1 elements; its shape [1,2] says 2")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2,3]}]}""", "more than 2 elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[[1],[2,3]]}]}""", "has more")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","data":[[1],2]}]}""", "nor nested")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2,1],"datatype":"FP32","data":[[1,2],[]]}]}""", "nor nested")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":"1,2"}]}""", "isn't an array")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,"2"]}]}""", "Element 1 of the input 'x' isn't of FP32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,1e40]}]}""", "Element 1 of the input 'x' isn't of FP32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,null]}]}""", "Element 1 of the input 'x' isn't of FP32")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,NaN]}]}""", "isn't JSON")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,-2],"datatype":"FP32","data":[1,2]}]}""", "negative dimension -2")]
    [InlineData("""{"inputs":[{"name":"x","shape":[4294967296,4294967296],"datatype":"FP32","data":[1,2]}]}""", "more than")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,1000000000],"datatype":"FP32","data":[1,2]}]}""", "more than the 268435456 bytes")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,1000000],"datatype":"FP32","data":[1,2]}]}""", "shorter than 1000000 elements")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,1.5],"datatype":"FP32","data":[1,2]}]}""", "whole number")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,99999999999999999999],"datatype":"FP32","data":[1,2]}]}""", "whole number")]
    [InlineData("""{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","data":[1,2]}]}""", "the model takes [-1,-1]")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "'x' is named 2 times")]
    [InlineData("""{"inputs":[{"name":"z","shape":[1,2],"datatype":"FP32","data":[1,2]}]}""", "no input 'z'; it has 'x'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"q"}]}""", "no output 'q'; it has 'y'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"y"},{"name":"y"}]}""", "'y' is named 2 times")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"outputs":[{"name":"y","parameters":{"classification":3}}]}""", "'classification'")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}""", "0 bytes left")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}],"inputs":[]}""", "'inputs' twice")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}]} {}""", "isn't JSON")]
    [InlineData("""{"id":7,"inputs":[]}""", "'id' isn't a string")]
    [InlineData("""{"id":"\ud800","inputs":[]}""", "isn't valid UTF-8")]
    public async Task A_request_that_makes_no_sense_is_told_why(string json, string expected)
    {
        (int status, JsonElement answer) = await _server.Post("/v2/models/fp32/infer", json);
        Assert.Equal(400, status);
        Assert.Contains(expected, AssertError(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("999999")]
    [InlineData("99999999999999999999")]
    [InlineData("zero")]
    public async Task A_header_that_lies_of_the_json_s_length_is_refused(string length)
    {
        using var content = new StringContent(SimpleRequest(1));
        content.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", length);
        using HttpResponseMessage response = await _server.Client.PostAsync(Simple, content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData(63)]
    [InlineData(65)]
    [InlineData(-1)]
    [InlineData(1_000_000)]
    public async Task A_size_of_bytes_that_does_not_fit_the_shape_is_refused(int size)
    {
        string json = $$$"""{"inputs":[{"name":"INPUT0","datatype":"INT32","shape":[1,16],"parameters":{"binary_data_size":{{{size}}} }},{"name":"INPUT1","datatype":"INT32","shape":[1,16],"parameters":{"binary_data_size":64}}]}""";
        (int status, JsonElement answer, _) = await _server.PostBinary(Simple, json, new byte[64], new byte[64]);
        Assert.Equal(400, status);
        AssertError(answer);
    }

    [Fact]
    public async Task Nesting_without_end_is_refused()
    {
        string deep = new('[', 100_000);
        (int status, JsonElement answer) = await _server.Post("/v2/models/fp32/infer", $$"""{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":{{deep}}""");
        Assert.Equal(400, status);
        AssertError(answer);
    }

    [Fact]
    public async Task A_body_may_come_in_chunks()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Simple) { Content = new StringContent(SimpleRequest(2)) };
        request.Headers.TransferEncodingChunked = true;
        using HttpResponseMessage response = await _server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task What_a_model_cannot_compute_is_the_client_s_error_without_files_of_the_server()
    {
        (int status, JsonElement answer) = await _server.Post("/v2/models/table/infer", """{"inputs":[{"name":"i","datatype":"INT64","shape":[1],"data":[7]}]}""");
        Assert.Equal(400, status);
        string error = AssertError(answer);
        Assert.Contains("'table' can't compute", error, StringComparison.Ordinal);
        Assert.DoesNotContain(".onnx", error, StringComparison.Ordinal);
        Assert.DoesNotContain(".cc", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_whose_rows_depend_on_each_other_answers_for_the_whole_request()
    {
        (_, JsonElement json) = await _server.Post("/v2/models/mean/infer", """{"inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":[1,2,3,6]}]}""");
        Assert.Equal("[-1,-2,1,2]", json.GetProperty("outputs")[0].GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Answers_have_headers_of_security()
    {
        using HttpResponseMessage response = await _server.Client.GetAsync("/v2", TestContext.Current.CancellationToken);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.False(response.Headers.Contains("Server"));
    }

    private static string SimpleRequest(int rows, string more = "")
    {
        string data = string.Join(",", Enumerable.Range(0, rows * 16));
        return $$"""{"inputs":[{"name":"INPUT0","datatype":"INT32","shape":[{{rows}},16],"data":[{{data}}]},{"name":"INPUT1","datatype":"INT32","shape":[{{rows}},16],"data":[{{data}}]}]{{more}}}""";
    }

    private static string AssertError(JsonElement answer)
    {
        string error = Assert.Single(answer.EnumerateObject(), member => member.Name == "error").Value.GetString()!;
        Assert.DoesNotMatch(@"\bat [\w.]+\(", error);
        return error;
    }

    private static IEnumerable<int> Integers(JsonElement response, int output) => response.GetProperty("outputs")[output].GetProperty("data").EnumerateArray().Select(value => value.GetInt32());

    private static byte[] Bytes(params int[] values) => [.. values.SelectMany(value => BitConverter.GetBytes(value))];

    private static byte[] Bytes(params float[] values) => [.. values.SelectMany(value => BitConverter.GetBytes(value))];
}
