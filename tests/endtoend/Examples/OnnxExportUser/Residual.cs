using MnistAdder.OnnxExport;
using TorchSharp.Modules;
using static TorchSharp.torch;

internal sealed class Residual : nn.Module<Tensor, Tensor>, IOnnxExportable
{
    private readonly Linear dense = nn.Linear(16, 16);

    public Residual() : base(nameof(Residual)) => RegisterComponents();

    public override Tensor forward(Tensor input) => dense.call(input).add(input);

    public IReadOnlyList<OnnxValue> Export(OnnxGraph graph, IReadOnlyList<OnnxValue> inputs) =>
        [graph.Add(graph.Apply(dense, inputs[0]), inputs[0])];
}
