using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistAdder.OnnxBatching;

namespace MnistAdder.Benchmarks.Http;

/// <summary>
/// <c>http-peer</c>: a model behind a minimal API as one writes it by hand, for one kind of request: one row, its tensors at fixed places. It knows
/// the request and so looks at nothing of its JSON, and the answer's JSON is the same each time.
/// </summary>
internal static class MinimalApi
{
    /// <summary>The command's name.</summary>
    public const string Name = "http-peer";

    /// <summary>ONNX Runtime behind it.</summary>
    public const string Plain = "plain";

    /// <summary>Stock ML.NET behind it.</summary>
    public const string Stock = "stock";

    public static System.CommandLine.Command Create()
    {
        var kind = new Argument<string>("kind");
        var model = new Argument<string>("model");
        var file = new Argument<string>("file");
        var url = new Argument<string>("url");
        var command = new System.CommandLine.Command(Name, "What http starts beside mnist-adder serve.") { kind, model, file, url };
        command.Hidden = true;
        command.SetAction((parsed, stop) => Run(parsed.GetRequiredValue(kind), parsed.GetRequiredValue(model), parsed.GetRequiredValue(file), parsed.GetRequiredValue(url), stop));
        return command;
    }

    private static async Task Run(string kind, string model, string file, string url, CancellationToken stop)
    {
        OnnxTelemetry.TurnOff();
        using RuntimeRow? runtime = kind == Plain ? new RuntimeRow(file) : null;
        Func<ReadOnlyMemory<byte>, BinaryTensor[]> answer = runtime is null ? StockRow.Load(model, file) : runtime.Run;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        await using WebApplication app = builder.Build();
        byte[]? json = null;
        app.MapGet("/v2/health/ready", context => context.Response.WriteAsync("ready", context.RequestAborted));
        app.MapPost($"/v2/models/{model}/infer", async context =>
        {
            byte[] body = new byte[(int)context.Request.ContentLength!];
            await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
            int at = int.Parse(context.Request.Headers[BinaryTensor.JsonLengthHeader].ToString(), NumberStyles.None, CultureInfo.InvariantCulture);
            BinaryTensor[] outputs = answer(body.AsMemory(at));
            json ??= BinaryTensor.Json(outputs, "outputs", new JsonObject { ["model_name"] = model });
            await Write(context.Response, json, outputs, context.RequestAborted);
        });
        await app.StartAsync(stop);
        await app.WaitForShutdownAsync(stop);
    }

    private static async Task Write(HttpResponse response, byte[] json, BinaryTensor[] outputs, CancellationToken gone)
    {
        byte[] body = new byte[json.Length + outputs.Sum(output => output.Data.Length)];
        json.CopyTo(body, 0);
        int at = json.Length;
        foreach (BinaryTensor output in outputs)
        {
            output.Data.CopyTo(body.AsMemory(at));
            at += output.Data.Length;
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = body.Length;
        response.Headers[BinaryTensor.JsonLengthHeader] = json.Length.ToString(CultureInfo.InvariantCulture);
        await response.Body.WriteAsync(body, gone);
    }
}
