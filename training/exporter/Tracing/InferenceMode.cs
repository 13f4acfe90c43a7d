using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Keeps a module and those in it in inference mode, and gives each its own mode back.</summary>
internal sealed class InferenceMode : IDisposable
{
    private readonly List<(nn.Module Module, bool Training)> _modes;

    /// <param name="module">The module.</param>
    public InferenceMode(nn.Module module)
    {
        _modes = [(module, module.training), .. module.named_modules().Select(pair => (pair.module, pair.module.training))];
        module.eval();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A module sets those in it as well, which come after it.
        foreach ((nn.Module module, bool training) in _modes)
            module.train(training);
    }
}
