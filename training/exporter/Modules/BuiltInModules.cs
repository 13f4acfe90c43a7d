namespace MnistAdder.OnnxExport.Modules;

/// <summary>The modules of TorchSharp that this library exports.</summary>
internal static class BuiltInModules
{
    /// <summary>How they are exported.</summary>
    public static OnnxModuleRegistry Registry { get; } = AddTo(OnnxModuleRegistry.Empty);

    private static OnnxModuleRegistry AddTo(OnnxModuleRegistry registry)
    {
        registry = ContainerModules.AddTo(registry);
        registry = LinearModules.AddTo(registry);
        registry = ConvolutionModules.AddTo(registry);
        registry = NormalizationModules.AddTo(registry);
        registry = ActivationModules.AddTo(registry);
        registry = PoolingModules.AddTo(registry);
        return ShapeModules.AddTo(registry);
    }
}
