using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MnistAdder.OnnxBatching;
using MnistAdder.Server.DigitSums;
using MnistAdder.Server.Http;
using MnistAdder.Server.Models;
using MnistAdder.Serving;
using MnistAdder.Serving.DigitSums;
using OpenTelemetry.Metrics;
using Scalar.AspNetCore;

namespace MnistAdder.Server;

/// <summary>Models behind HTTP: the Open Inference Protocol for all of them, and for a digit-sum model routes of its own and a page.</summary>
internal sealed partial class ModelServer : IAsyncDisposable
{
    private static readonly Dictionary<string, string?> s_defaults = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-dd HH:mm:ss.fff ",
        ["AllowedHosts"] = "*",
    };

    // So long clients are told to go elsewhere before the server closes the connections that they keep: one that is closed under a request leaves its
    // client not knowing what became of it.
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(0.25);

    private readonly WebApplication _app;
    private readonly ModelRegistry _models;
    private readonly ModelMeters _meters;
    private readonly ServerOptions _options;
    private readonly ILogger _log;

    private ModelServer(WebApplication app, ModelRegistry models, ModelMeters meters, ServerOptions options)
    {
        _app = app;
        _models = models;
        _meters = meters;
        _options = options;
        _log = app.Services.GetRequiredService<ILogger<ModelServer>>();
    }

    /// <summary>Where it listens, once it has started.</summary>
    public IEnumerable<string> Urls => _app.Urls;

    /// <summary>How long requests in hand have once it is asked to stop.</summary>
    public TimeSpan Grace => TimeSpan.FromSeconds(_options.Grace);

    /// <summary>Loads the models; nothing listens yet.</summary>
    /// <param name="settings">What goes before appsettings.json and the environment, as keys and values of the configuration.</param>
    /// <param name="defaultModel">The model, by its file, where none is configured: under the name <see cref="DigitSumRoutes.ModelName"/>.</param>
    /// <exception cref="FileNotFoundException">A model's file doesn't exist.</exception>
    /// <exception cref="InvalidDataException">A file is no model that can be served, or a setting makes no sense.</exception>
    /// <exception cref="InvalidOperationException">A setting can't be read, or CUDA was asked for and can't be had.</exception>
    public static ModelServer Create(IEnumerable<KeyValuePair<string, string?>> settings, Func<string> defaultModel)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = s_defaults });
        builder.Configuration.AddInMemoryCollection(settings);
        ServerOptions options = builder.Configuration.GetSection(ServerOptions.Section).Get<ServerOptions>() ?? new ServerOptions();
        options.Check();
        if (options.Models.Count == 0)
            options.Models.Add(DigitSumRoutes.ModelName, defaultModel());

        var meters = new ModelMeters();
        Configure(builder, options, meters);
        var models = new ModelRegistry(Load(options, meters));
        WebApplication app = builder.Build();
        Map(app, models, options);
        return new ModelServer(app, models, meters, options);
    }

    /// <summary>Listens, and is ready after a run of each model.</summary>
    /// <exception cref="IOException">An address is taken, or can't be listened on.</exception>
    /// <exception cref="InvalidOperationException">An address is none, or its certificate can't be had.</exception>
    public async Task Start(CancellationToken stop)
    {
        try
        {
            await _app.StartAsync(stop);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            throw new InvalidOperationException($"Nothing can listen on '{_app.Configuration["urls"]}': {exception.Message}", exception);
        }
        catch (SocketException exception)
        {
            throw new IOException($"The address can't be listened on: {exception.Message}.", exception);
        }

        foreach (ServedModel model in _models.All)
        {
            string sharing = model.WhyAlone is null ? $"requests share runs of up to {model.MaxBatch} rows" : $"requests are run by themselves, since {model.WhyAlone}";
            Serving(_log, model.Name, model.Session.Name, model.Session.Provider, sharing);
            if (await Task.Run(model.WarmUp, stop) is { } failure)
                NotWarm(_log, model.Name, failure);
        }

        _models.IsReady = true;
        Ready(_log, string.Join(", ", Urls));
    }

    /// <summary>Takes no more requests, and gives those in hand the grace that the options say.</summary>
    public async Task Stop()
    {
        _models.IsReady = false;
        Stopping(_log, _options.Grace);
        TimeSpan farewell = Grace / 2 < s_farewell ? Grace / 2 : s_farewell;
        await Task.Delay(farewell);
        using var end = new CancellationTokenSource(Grace - farewell);
        await _app.StopAsync(end.Token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _models.Dispose();
        _meters.Dispose();
    }

    private static void Configure(WebApplicationBuilder builder, ServerOptions options, ModelMeters meters)
    {
        builder.WebHost.UseKestrelHttpsConfiguration();
        // Its own limits, such as Kestrel:Limits:RequestHeadersTimeout.
        builder.Services.Configure<KestrelServerOptions>(builder.Configuration.GetSection("Kestrel"));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Whoever reads a body counts its bytes; Kestrel would cut the connection under a client that is still sending.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        if (string.IsNullOrEmpty(builder.Configuration["urls"]) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists() && string.IsNullOrEmpty(builder.Configuration["http_ports"]))
            builder.WebHost.UseUrls(ServerOptions.DefaultUrl);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(options.Grace));
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(meters.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter(exporter => exporter.DisableTotalNameSuffixForCounters = true));

        // Runs block a thread of the pool each; the rest of them read and answer requests.
        ThreadPool.GetMinThreads(out int threads, out int ports);
        int workers = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        ThreadPool.SetMinThreads(Math.Max(threads, Environment.ProcessorCount + (workers * options.Models.Count)), ports);
    }

    private static List<ServedModel> Load(ServerOptions options, ModelMeters meters)
    {
        List<ServedModel> served = [];
        try
        {
            foreach ((string name, string file) in options.Models)
                served.Add(ServedModel.Open(name, file, options.Inference, options.Queue, meters));
            return served;
        }
        catch
        {
            served.ForEach(model => model.Dispose());
            throw;
        }
    }

    private static void Map(WebApplication app, ModelRegistry models, ServerOptions options)
    {
        app.Use((context, next) =>
        {
            SecurityHeaders.Set(context);
            if (!models.IsReady && HttpProtocol.IsHttp11(context.Request.Protocol))
                context.Response.OnStarting(CloseBehindAnswer, context.Response);
            return next(context);
        });
        app.UseMiddleware<ErrorAnswers>();
        app.UseRouting();
        app.MapPrometheusScrapingEndpoint();
        var bodies = new MemoryBudget(options.MaxMemory);
        new ProtocolRoutes(models, bodies, options.MaxBody, options.MaxTensor).Map(app);
        app.MapScalarApiReference(SecurityHeaders.Docs, page => page
            .WithTitle("MnistAdder").WithOpenApiRoutePattern("/openapi.json").WithFavicon("/icon.svg").DisableDefaultFonts()
            .HideDeveloperTools().DisableAgent().DisableMcp().DisableTelemetry()); // services of others
        ServedModel? digitSums = models.All.FirstOrDefault(model => DigitSumSession.Difference(model.Session) is null);
        if (digitSums is not null)
        {
            var decoder = new DigitImageDecoder(options.Preprocess, new ImageLimits { MaxPixels = options.MaxPixels, MaxEncodedBytes = (int)options.MaxBody });
            new DigitSumRoutes(models, new DigitSumAsker(digitSums, decoder), bodies, options.MaxBody).Map(app);
        }

        PageRoutes.Map(app, canDraw: digitSums is not null);
    }

    private static Task CloseBehindAnswer(object response)
    {
        ((HttpResponse)response).Headers.Connection = "close";
        return Task.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Information, "Model {Model} from {File} on {Provider}: {Sharing}")]
    private static partial void Serving(ILogger log, string model, string file, ExecutionProvider provider, string sharing);

    [LoggerMessage(2, LogLevel.Warning, "Model {Model} can't be run on zeros, so that its first request will take longer: {Failure}")]
    private static partial void NotWarm(ILogger log, string model, string failure);

    [LoggerMessage(3, LogLevel.Information, "Ready on {Urls}")]
    private static partial void Ready(ILogger log, string urls);

    [LoggerMessage(4, LogLevel.Information, "Stopping: requests in hand have {Seconds} s")]
    private static partial void Stopping(ILogger log, double seconds);
}
