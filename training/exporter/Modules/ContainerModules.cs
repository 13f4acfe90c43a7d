using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Modules;

/// <summary>Modules that run others, or that do nothing in inference.</summary>
internal static class ContainerModules
{
    public static OnnxModuleRegistry AddTo(OnnxModuleRegistry registry) => registry
        .With<Sequential>(Export)
        .With<Identity>(Nothing)
        .With<Dropout>(Nothing)
        .With<Dropout1d>(Nothing)
        .With<Dropout2d>(Nothing)
        .With<Dropout3d>(Nothing)
        .With<AlphaDropout>(Nothing)
        .With<FeatureAlphaDropout>(Nothing);

    private static OnnxValue Export(OnnxGraph graph, Sequential module, OnnxValue input)
    {
        // By place, not by identity: one module may stand in a Sequential twice.
        foreach ((string name, nn.Module child) in module.named_children())
            input = graph.Apply(name, child, input);
        return input;
    }

    private static OnnxValue Nothing(OnnxGraph graph, nn.Module module, OnnxValue input) => input;
}
