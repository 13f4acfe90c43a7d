using System.Buffers;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MnistAdder.Server.Models;
using MnistAdder.Server.Protocol;

namespace MnistAdder.Server.Http;

/// <summary>The routes of the Open Inference Protocol, version 2, with the binary tensor extension.</summary>
/// <param name="models">What is served.</param>
/// <param name="bodies">What bodies may take together.</param>
/// <param name="maxBody">Most bytes of one.</param>
/// <param name="maxTensor">Most bytes of a tensor.</param>
internal sealed class ProtocolRoutes(ModelRegistry models, MemoryBudget bodies, long maxBody, long maxTensor)
{
    private const string JsonLengthHeader = "Inference-Header-Content-Length";
    private const string ServerName = "mnist-adder";

    private static readonly string s_version = typeof(ProtocolRoutes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
    private static readonly string[] s_reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps them.</summary>
    /// <param name="routes">Where to.</param>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/v2", s_reading, DescribeServer);
        routes.MapMethods("/v2/health/live", s_reading, context => JsonAnswer.Write(context, StatusCodes.Status200OK, json => json.WriteBoolean("live", true)));
        routes.MapMethods("/v2/health/ready", s_reading, AnswerReady);
        foreach (string model in (string[])["/v2/models/{model}", "/v2/models/{model}/versions/{version}"])
        {
            routes.MapMethods(model, s_reading, context => DescribeModel(context, ModelOf(context)));
            routes.MapMethods($"{model}/ready", s_reading, AnswerModelReady);
            routes.MapPost($"{model}/infer", Infer);
        }
    }

    private static Task DescribeServer(HttpContext context) => JsonAnswer.Write(context, StatusCodes.Status200OK, json =>
    {
        json.WriteString("name", ServerName);
        json.WriteString("version", s_version);
        json.WriteStartArray("extensions");
        json.WriteStringValue("binary_tensor_data");
        json.WriteEndArray();
    });

    private Task AnswerReady(HttpContext context)
    {
        models.RequireReady();
        return JsonAnswer.Write(context, StatusCodes.Status200OK, json => json.WriteBoolean("ready", true));
    }

    private Task AnswerModelReady(HttpContext context)
    {
        ServedModel model = ModelOf(context);
        models.RequireReady();
        return JsonAnswer.Write(context, StatusCodes.Status200OK, json =>
        {
            json.WriteString("name", model.Name);
            json.WriteBoolean("ready", true);
        });
    }

    private static Task DescribeModel(HttpContext context, ServedModel model) => JsonAnswer.Write(context, StatusCodes.Status200OK, json =>
    {
        json.WriteString("name", model.Name);
        json.WriteStartArray("versions");
        json.WriteStringValue(ServedModel.Version);
        json.WriteEndArray();
        json.WriteString("platform", "onnxruntime_onnx");
        Describe(json, "inputs", model.Inputs);
        Describe(json, "outputs", model.Outputs);
    });

    private static void Describe(Utf8JsonWriter json, string kind, IReadOnlyList<ModelTensor> tensors)
    {
        json.WriteStartArray(kind);
        foreach (ModelTensor tensor in tensors)
        {
            json.WriteStartObject();
            tensor.Type.Write(json, tensor.Name, tensor.Shape);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private async Task Infer(HttpContext context)
    {
        ServedModel model = ModelOf(context);
        models.RequireReady();
        int? jsonLength = JsonLength(context.Request);
        using RequestBody body = await RequestBody.Read(context.Request, bodies, maxBody);
        InferenceRequest request = jsonLength == 0 ? RawRequest.Read(body.Bytes, model.Inputs, maxTensor) : RequestReader.Read(body.Bytes, jsonLength, maxTensor);
        InferenceResponse response = await model.Infer(request, context.RequestAborted);
        await Write(context.Response, response, context.RequestAborted);
    }

    private static async Task Write(HttpResponse answer, InferenceResponse response, CancellationToken gone)
    {
        var json = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(json, JsonAnswer.Options))
            response.WriteJson(writer);
        answer.ContentType = response.HasBinary ? "application/octet-stream" : "application/json";
        answer.ContentLength = json.WrittenCount + response.Binary.Sum(output => (long)output.Data.Length);
        if (response.HasBinary)
            answer.Headers[JsonLengthHeader] = json.WrittenCount.ToString(CultureInfo.InvariantCulture);

        // One write where it is little: each of Kestrel's is one of the system's.
        const int Little = 32 << 10;
        if (answer.ContentLength <= Little)
        {
            foreach (Tensor output in response.Binary)
                json.Write(output.Data.Span);
            await answer.Body.WriteAsync(json.WrittenMemory, gone);
            return;
        }

        await answer.Body.WriteAsync(json.WrittenMemory, gone);
        foreach (Tensor output in response.Binary)
            await answer.Body.WriteAsync(output.Data, gone);
    }

    private static int? JsonLength(HttpRequest request)
    {
        string header = request.Headers[JsonLengthHeader].ToString();
        if (header.Length == 0)
            return null;
        return int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            ? length
            : throw ProtocolException.Bad($"The header {JsonLengthHeader} is '{header}', which isn't a number of bytes.");
    }

    private ServedModel ModelOf(HttpContext context) =>
        models.Find((string)context.Request.RouteValues["model"]!, (string?)context.Request.RouteValues["version"]);
}
