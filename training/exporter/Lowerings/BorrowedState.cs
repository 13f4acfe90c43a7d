using MnistAdder.OnnxExport.Tracing;
using TorchSharp;
using static TorchSharp.torch;

namespace MnistAdder.OnnxExport.Lowerings;

/// <summary>Other values in a module's parameters, which show what TorchSharp doesn't tell of it; disposing gives the module its own back.</summary>
/// <remarks>Until then the module is in inference mode, all its parameters are 0 where nothing else is written, and tensors live no longer than this.</remarks>
internal sealed class BorrowedState : IDisposable
{
    private readonly InferenceMode _mode;
    private readonly Dictionary<string, Tensor> _state;
    private readonly IDisposable _noGradients = no_grad();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> _before;

    /// <param name="module">The module; nothing else may use it meanwhile.</param>
    public BorrowedState(nn.Module module)
    {
        _mode = new InferenceMode(module);
        _state = module.state_dict();
        _before = _state.ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        foreach (Tensor tensor in _state.Values)
            tensor.zero_();
    }

    /// <summary>The parameters' names.</summary>
    public IReadOnlyCollection<string> Names => _state.Keys;

    /// <summary>A parameter, to be written into.</summary>
    public Tensor this[string name] => _state[name];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((string name, Tensor before) in _before)
            _state[name].copy_(before);
        _scope.Dispose();
        _noGradients.Dispose();
        _mode.Dispose();
    }
}
