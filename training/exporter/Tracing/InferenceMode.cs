using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Tracing;

/// <summary>Keeps a module and those in it in inference mode, and leaves each as it was found.</summary>
internal sealed class InferenceMode : IDisposable
{
    private readonly List<(nn.Module Module, bool Training)> _modes;
    private readonly List<(Tensor Table, Tensor Before)> _tables; // which a lookup changes where there is a max_norm

    /// <param name="module">The module.</param>
    public InferenceMode(nn.Module module)
    {
        _modes = [(module, module.training), .. module.named_modules().Select(pair => (pair.module, pair.module.training))];
        module.eval();
        _tables = [.. _modes.Select(mode => TableOf(mode.Module)).OfType<Parameter>().Select(table => (table, table.detach().clone().DetachFromDisposeScope()))];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // A module sets those in it as well, which come after it.
        foreach ((nn.Module module, bool training) in _modes)
            module.train(training);
        using IDisposable noGradients = no_grad();
        foreach ((Tensor table, Tensor before) in _tables)
        {
            table.copy_(before);
            before.Dispose();
        }
    }

    private static Parameter? TableOf(nn.Module module) => module switch
    {
        Embedding embedding => embedding.weight,
        EmbeddingBag bag => bag.weight,
        _ => null,
    };
}
