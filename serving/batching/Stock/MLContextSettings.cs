using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms.Onnx;

namespace MnistAdder.OnnxBatching.Stock;

/// <summary>What an <see cref="MLContext"/> says to every transform of its own.</summary>
/// <remarks>
/// A catalog keeps its context to itself, and so does a stock transformer what it was made with: both are reached by reflection, here
/// alone. It can go once ML.NET lets other assemblies write components (dotnet/machinelearning#1995).
/// </remarks>
/// <param name="TempFilePath">The folder for temporary files.</param>
/// <param name="GpuDeviceId">The CUDA device to run on; <see langword="null"/> where the context doesn't say.</param>
/// <param name="FallbackToCpu">Whether the processor stands in for a device that can't be had.</param>
/// <param name="Environment">Where log messages go.</param>
internal sealed record MLContextSettings(string TempFilePath, int? GpuDeviceId, bool FallbackToCpu, IHostEnvironment Environment)
{
    private const BindingFlags Anywhere = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>The settings of the context that a catalog belongs to.</summary>
    public static MLContextSettings Of(TransformsCatalog catalog)
    {
        (IHostEnvironment environment, Type settings) = EnvironmentOf(catalog);
        return new MLContextSettings(
            (string)Read(settings, nameof(MLContext.TempFilePath), environment)!,
            (int?)Read(settings, nameof(MLContext.GpuDeviceId), environment),
            (bool)Read(settings, nameof(MLContext.FallbackToCpu), environment)!,
            environment);
    }

    /// <summary>
    /// Makes or loads stock ONNX steps that are only saved or read from, without the context's device: that is for those who run, and
    /// stock fails with EntryPointNotFoundException where the native runtime has no CUDA, whatever the context says of falling back.
    /// </summary>
    /// <typeparam name="T">What is made.</typeparam>
    /// <param name="catalog">A catalog of the context.</param>
    /// <param name="make">Makes it.</param>
    public static T OnProcessor<T>(TransformsCatalog catalog, Func<T> make)
    {
        (IHostEnvironment environment, Type settings) = EnvironmentOf(catalog);
        PropertyInfo property = Found(settings.GetProperty(nameof(MLContext.GpuDeviceId), Anywhere), nameof(MLContext.GpuDeviceId));
        if (property.GetValue(environment) is not { } device)
            return make();
        property.SetValue(environment, null);
        try
        {
            return make();
        }
        finally
        {
            property.SetValue(environment, device);
        }
    }

    /// <summary>The inputs, outputs and shapes that a stock transformer was made with.</summary>
    public static (string[] Inputs, string[] Outputs, Dictionary<string, int[]> Shapes) Of(OnnxTransformer stock)
    {
        object options = Found(typeof(OnnxTransformer).GetField("_options", Anywhere), "_options").GetValue(stock)!;
        var shapes = new Dictionary<string, int[]>();
        if (Found(options.GetType().GetField("CustomShapeInfos", Anywhere), "CustomShapeInfos").GetValue(options) is Array given)
        {
            foreach (object shape in given)
                shapes[(string)ReadField(shape, "Name")] = (int[])ReadField(shape, "Shape");
        }

        return ((string[])Read(typeof(OnnxTransformer), "Inputs", stock)!, (string[])Read(typeof(OnnxTransformer), "Outputs", stock)!, shapes);
    }

    /// <summary>
    /// Options of inference as the context has them changed: its device, where the options leave the choice, and what was set by
    /// <c>SetOnnxSessionOption</c>, with libraries of custom operators for instance.
    /// </summary>
    public InferenceOptions Apply(InferenceOptions options)
    {
        if (options.Provider == ExecutionProvider.Auto && GpuDeviceId is { } device)
            options = options with { Provider = FallbackToCpu ? ExecutionProvider.Auto : ExecutionProvider.Cuda, DeviceId = device };
        if (Environment.GetOnnxSessionOption() is not { } set)
            return options;
        return options with
        {
            CreateNative = set.CreateSessionOptions is { } create ? () => create() : null,
            ConfigureNative = native => Copy(set, native),
            IntraOpThreads = options.IntraOpThreads == 1 && set.IntraOpNumThreads > 0 ? set.IntraOpNumThreads : options.IntraOpThreads,
        };
    }

    /// <summary>Writes a sentence to the context's log.</summary>
    public void Inform(string message) => Write(channel => channel.Info(MessageSensitivity.Schema, message));

    /// <summary>Writes a sentence to the context's log, as a warning.</summary>
    public void Warn(string message) => Write(channel => channel.Warning(MessageSensitivity.Schema, message));

    private void Write(Action<IChannel> write)
    {
        using IChannel channel = Environment.Register(nameof(BatchedOnnxTransformer)).Start("Scoring");
        write(channel);
    }

    // Threads are those of InferenceOptions.
    private static void Copy(OnnxSessionOptions set, SessionOptions native)
    {
        native.EnableMemoryPattern = set.EnableMemoryPattern;
        native.EnableCpuMemArena = set.EnableCpuMemArena;
        native.EnableProfiling = set.EnableProfiling;
        native.ProfileOutputPathPrefix = set.ProfileOutputPathPrefix;
        native.OptimizedModelFilePath = set.OptimizedModelFilePath;
        native.LogId = set.LogId;
        native.LogSeverityLevel = set.LogSeverityLevel;
        native.LogVerbosityLevel = set.LogVerbosityLevel;
        native.GraphOptimizationLevel = set.GraphOptimizationLevel;
        native.ExecutionMode = set.ExecutionMode;
    }

    private static (IHostEnvironment Environment, Type Settings) EnvironmentOf(TransformsCatalog catalog)
    {
        Type internalCatalog = Found(Array.Find(catalog.GetType().GetInterfaces(), type => type.Name == "IInternalCatalog"), "IInternalCatalog");
        var environment = (IHostEnvironment)Read(internalCatalog, "Environment", catalog)!;
        return (environment, Found(Array.Find(environment.GetType().GetInterfaces(), type => type.Name == "IHostEnvironmentInternal"), "IHostEnvironmentInternal"));
    }

    private static object? Read(Type type, string property, object target) => Found(type.GetProperty(property, Anywhere), property).GetValue(target);

    private static object ReadField(object target, string field) => Found(target.GetType().GetField(field, Anywhere), field).GetValue(target)!;

    private static T Found<T>(T? member, string name)
        where T : class =>
        member ?? throw new NotSupportedException($"This version of ML.NET ({typeof(MLContext).Assembly.GetName().Version}) has no '{name}'; 5.0.1 has.");
}
